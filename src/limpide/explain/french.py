"""Why the rules of the passes hold, in French; what is missing here is shown in English."""

from __future__ import annotations

WHYS: dict[str, str] = {
    "uniform_constant": (
        "Un petit tableau d'un seul nombre est ce nombre, répété : d'autres règles voient à travers."
    ),
    "map_of_numbers": "Une fonction de nombres est un nombre.",
    "constants": "Ce qui ne dépend que de petites constantes est calculé maintenant.",
    "cast_of_cast": "Une conversion qui garde toutes les valeurs est omise devant une autre.",
    "map_of_repeated": "Une fonction de valeurs répétées est calculée une fois pour chacune, puis répétée.",
    "known_condition": "Une condition connue partout choisit maintenant.",
    "view_of_number": "Toute partie d'un nombre répété est ce nombre.",
    "reshape_of_reshape": "La dernière forme compte ; un reshape vers la forme présente n'est rien.",
    "reshape_of_broadcast": (
        "Les axes de taille 1 viennent ou partent avant la répétition, qui se voit alors comme telle."
    ),
    "transpose_of_transpose": "Deux ordres d'axes en font un ; aucun s'ils s'annulent.",
    "transpose_of_unit_axes": "Déplacer des axes de taille 1 garde l'ordre des éléments : c'est un reshape.",
    "slice_of_slice": "Une partie d'une partie est une partie ; le tout n'est rien à faire.",
    "flip_of_flip": (
        "Lus deux fois à rebours, les axes sont lus à l'endroit ; ceux de taille 1 n'ont pas de sens."
    ),
    "pad_of_number": "Un nombre bordé de lui-même est ce nombre.",
    "concatenate_of_empty": "Les parties sans éléments sont omises.",
    "stop_gradient": "Les gradients sont construits à présent.",
    "custom_gradient": "Ce que les dérivées demandaient est fait.",
    "checkpoint": "Ce qui doit être recalculé se trouve à présent dans le gradient.",
    "broadcast_of_broadcast": "La dernière forme compte ; étendre vers la forme présente n'est rien.",
    "broadcast_of_leading_axes": "Des axes de taille 1 en tête n'ont pas besoin d'être là pour être étendus.",
    "transpose_after_map": "f(a.T, b.T) est f(a, b).T ; transposer des valeurs répétées ne sert à rien.",
    "reshape_after_map": "f(reshape(a), reshape(b)) est reshape(f(a, b)) si a et b ont la même forme.",
    "reshape_back": "reshape(f(a, reshape(b))) est f(reshape(a), b) si b a la forme finale.",
    "transpose_of_broadcast": "Les valeurs sont transposées, puis répétées.",
    "transpose_of_unit_reshape": (
        "Si un reshape a ajouté des axes de taille 1, les autres sont transposés sans eux."
    ),
    "slice_of_broadcast": "Une partie de valeurs répétées est une partie des valeurs, répétée.",
    "contract_of_widened": (
        "Une contraction lit un type de stockage tel qu'il est en mémoire, aussi à travers des vues."
    ),
    "flip_of_broadcast": "Des valeurs répétées sont les mêmes lues à rebours.",
    "number_last": "Les nombres se tiennent à droite : les règles ne les cherchent qu'à un endroit.",
    "plus_zero": (
        "x + 0 est x pour les entiers, x + -0.0 pour les flottants ; -0.0 + 0.0 changerait de signe."
    ),
    "plus_negative": "a + -b est a - b.",
    "times_one": "x * 1 et x / 1 sont x.",
    "times_minus_one": "x * -1 et x / -1 sont -x.",
    "times_zero": "Un entier fois 0 est 0 ; un flottant peut être NaN ou Inf.",
    "sign_of_product": "Les signes sortent des produits et en rencontrent d'autres : (-a) * b est -(a * b).",
    "scale_of_scaled": (
        "(x * a) * b est x * (a * b) si le produit des nombres est un nombre normal ; de même les quotients."
    ),
    "integer_scale_of_scaled": (
        "(x * a) * b est x * (a * b) : les entiers débordent dans n'importe quel ordre."
    ),
    "times_itself": "x * x est le carré de x.",
    "divide_by_power_of_two": (
        "x / c est exactement x * (1 / c) si c est une puissance de deux : les produits sont plus rapides."
    ),
    "one_over": "1 / x a son propre op.",
    "minus_zero": "x - 0 est x.",
    "minus_negative": "a - -b est a + b.",
    "same_twice": "Le plus grand de x et x est x ; de même le plus petit, et, ou.",
    "logic_with_known": "true & x et false | x sont x ; false & x est false, true | x est true.",
    "not_not": "Non de non x est x.",
    "where_same": "Les deux choix n'en font qu'un.",
    "where_not": "Nier la condition échange les choix.",
    "applied_twice": "Une fois suffit.",
    "absolute_of_negative": "|-x| est |x|.",
    "absolute_of_positive": "|x| est x si x n'est jamais négatif.",
    "double_negative": "-(-x) est x.",
    "negative_of_scaled": "-(x * c) est x * -c ; de même les quotients par et de nombres.",
    "square_of_absolute": "Le carré n'a pas de signe à perdre.",
    "known_power": (
        "Les petits exposants sont des produits, racines et quotients : exacts, ou à deux unités du "
        "dernier chiffre."
    ),
    "reduction_of_reduction": "Deux réductions par une opération en font une sur les deux jeux d'axes.",
    "reduction_of_transpose": (
        "L'ordre des axes n'importe pas à une réduction ; ceux qui restent sont transposés après."
    ),
    "reduction_of_unit_axes": "Un seul élément est sa propre réduction.",
    "reduction_of_unit_reshape": "Les axes de taille 1 sont ajoutés après la réduction.",
    "reduction_of_repeated": (
        "n valeurs égales font n fois l'une d'elles ; la plus grande est n'importe laquelle."
    ),
    "sum_of_negative": "sum(-x) est -sum(x).",
    "sum_of_scaled": "sum(x * c) est sum(x) * c : un produit au lieu de beaucoup.",
    "contract_of_transpose": "Une contraction lit ses opérandes dans n'importe quel ordre d'axes.",
    "contract_of_unit_axes": (
        "Les axes de taille 1 ne se contractent pas : ils sont ôtés, puis remis dans le résultat."
    ),
    "contract_of_repeated": (
        "Des valeurs répétées le long d'un axe n'y sont pas multipliées : l'autre opérande est sommé."
    ),
    "contract_without_sum": (
        "Sans somme, une contraction est un produit d'éléments, auquel d'autres peuvent se joindre."
    ),
    "contract_of_scaled_first": (
        "Le facteur ou le signe d'un opérande plus grand que le résultat s'applique au résultat."
    ),
    "contract_of_scaled_second": (
        "Le facteur ou le signe d'un opérande plus grand que le résultat s'applique au résultat."
    ),
    "mask_of_relu_before_windows": (
        "Hors de z <= 0, ce qui revient des fenêtres de relu(z) vient de celles au-dessus de 0. Cela "
        "n'arrive qu'aux plus grands éléments : eux seuls sont interrogés, pas tout z."
    ),
    "sum_of_max_pool_input": (
        "Chaque fenêtre rend un élément : tout ce qui est revenu est tout ce qui fut donné."
    ),
    "channels_last_in_map": (
        "Une fonction d'images dans les deux dispositions a les canaux en dernier, comme les convolutions "
        "qui l'entourent."
    ),
    "contract_of_flattened": (
        "Les images sont contractées telles qu'elles sont en mémoire : les poids sont lus ou écrits dans "
        "leur ordre. S'ils sont moins que les images, ils y sont copiés."
    ),
    "transpose_of_unflattened": (
        "Des lignes qui deviennent des images sont calculées dans l'ordre des images en mémoire."
    ),
    "unit_axes_aside": (
        "Les fonctions se prennent sans axes de taille 1, pour que des facteurs égaux se voient égaux."
    ),
    "common_sum_of_exp": (
        "a / s + b / s est (a + b) / s, pour une somme d'exponentielles s : gradients de softmax et sigmoid."
    ),
    "exp_minus_one": "exp(x) - 1 perd les chiffres d'un petit x, pas expm1(x).",
    "product_with_complement": (
        "x - x * p est x * (1 - p), pour une sigmoïde p : Inf - Inf si x est un quotient par 1 - p."
    ),
    "cancel": (
        "(a / p) * p est a, si p est une exponentielle, un softmax ou une sigmoïde : 0 / 0 si p s'annule."
    ),
    "softmax_in_product": (
        "(a / sum(e)) * e est a * (e / sum(e)), pour une exponentielle e : le rapport est un softmax."
    ),
    "softmax_of_repeated_divisor": (
        "e * (a / sum(e)), au quotient répété, est a * (e / sum(e)) : le rapport est un softmax."
    ),
    "sigmoid_in_product": "(a / (1 + e)) * e est a * sigmoid(x), pour e = exp(x) : Inf / Inf si e déborde.",
    "sigmoid_times_exp": "sigmoid(x) * exp(-x) est sigmoid(-x) : 0 * Inf si exp déborde.",
    "distribute": "(a / p + b) * p est a + b * p, si p est une exponentielle, un softmax ou une sigmoïde.",
    "shifted_softmax": "exp(x) / sum(exp(x)) est le même pour x moins son maximum, et ne déborde pas.",
    "tanh_of_exponentials": "(exp(x) - exp(-x)) / (exp(x) + exp(-x)) est tanh(x).",
    "reciprocal_of_one_plus_exp": "1 / (1 + exp(-x)) est sigmoid(x).",
    "log_of_softmax": "log(exp(x) / sum(exp(x))) est x - log(sum(exp(x))) : fini là où le quotient s'annule.",
    "log_of_part": (
        "Le logarithme d'une partie d'un softmax ou d'une sigmoïde est une partie de son logarithme."
    ),
    "log_of_sum_of_exp": "log(sum(exp(x))) est pris de x moins son maximum, qui est ajouté de nouveau.",
    "log_of_scaled_sum_of_exp": "log(c * sum(exp(x))) est log(sum(exp(x))) + log(c), pour un nombre c.",
    "log_of_sigmoid": (
        "log(sigmoid(x)) est fini là où sigmoid s'annule, log(1 - sigmoid(x)) là où elle s'arrondit à 1."
    ),
    "log_of_one_plus_exp": "log(1 + exp(x)) est softplus(x).",
    "log_of_exp": "log(exp(x)) est x, même là où exp déborde.",
    "log_of_one_plus": "log(1 + x) perd les chiffres d'un petit x, pas log1p(x).",
    "log_of_one_minus": "log(1 - x) perd les chiffres d'un petit x, pas log1p(-x).",
    "log1p_of_exp": "log1p(exp(x)) est softplus(x).",
    "scatter_of_quotient": (
        "Disperser g / take(p), c'est disperser g, divisé par p : le gradient du logarithme d'une partie."
    ),
    "sum_over_sum_of_exp": (
        "sum(a / s) est sum(a) / s, pour une somme d'exponentielles s constante le long des axes."
    ),
    "sum_of_sums": "sum(a) + sum(b) est sum(a + b) : un seul passage en mémoire.",
    "contractions_of_one": "a @ c + b @ c est (a + b) @ c : un produit de matrices au lieu de deux.",
    "common_scale": "a * c + b * c est (a + b) * c, pour un nombre c : un produit au lieu de deux.",
    "unit_axes_back": (
        "Les axes de taille 1 sont ajoutés avant une fonction plutôt qu'ôtés avant et ajoutés après."
    ),
    "transpose_of_contract": "Une contraction écrit son résultat dans n'importe quel ordre d'axes.",
    "sum_of_outer_product": "sum(a[:, :, None] * b[None, :, :], 1) est une contraction de a et b.",
}

"""The words of the page, in English and in French."""

from __future__ import annotations

import re
from html import escape

WORDS: dict[str, tuple[str, str]] = {
    # headings
    "source": ("Your code", "Votre code"),
    "formula": ("Formula", "Formule"),
    "gradient": ("Gradient", "Gradient"),
    "graph": ("Graph", "Graphe"),
    "passes": ("Passes", "Passes"),
    "kernels": ("Kernels", "Noyaux"),
    "memory": ("Memory", "Mémoire"),
    "c": ("C", "C"),
    "modules": ("Modules", "Modules"),
    # the head
    "skip": ("Skip to the content", "Aller au contenu"),
    "language": ("Français", "English"),
    "theme": ("Light / dark", "Clair / sombre"),
    "how": (
        "Point at a line, a node, a kernel or a line of C: what belongs to it lights up everywhere. Click, "
        "tap or Enter keeps it; Escape lets go.",
        "Pointez une ligne, un nœud, un noyau ou une ligne de C : tout ce qui lui appartient s'éclaire "
        "partout. Un clic, un toucher ou Entrée le retient ; Échap le relâche.",
    ),
    "no_script": (
        "Without JavaScript the page can be read, but nothing lights up and the graph is a list.",
        "Sans JavaScript la page se lit, mais rien ne s'éclaire et le graphe est une liste.",
    ),
    "unknown_sizes": (
        "The unknown sizes of {inputs} are {size} here: give shapes= or example arguments.",
        "Les tailles inconnues de {inputs} valent ici {size} : donnez shapes= ou des arguments d'exemple.",
    ),
    "no_source": (
        "No file of yours is known for this graph.",
        "Aucun fichier à vous n'est connu pour ce graphe.",
    ),
    "text": ("text", "texte"),
    "nodes_list": ("all nodes as a list", "tous les nœuds en liste"),
    # gradient
    "steps": ("Step by step", "Pas à pas"),
    "steps_text": (
        "From the loss backwards: every node receives the gradient of its result, g, and its op's rule "
        "says what goes on to each of its inputs. What several nodes read gets the sum of their parts, "
        "here +=.",
        "De la perte vers l'arrière : chaque nœud reçoit le gradient de son résultat, g, et la règle de "
        "son op dit ce qui va à chacune de ses entrées. Ce que lisent plusieurs nœuds reçoit la somme des "
        "parts, écrite ici +=.",
    ),
    "node": ("node", "nœud"),
    "incoming": ("comes in", "reçoit"),
    "rule": ("rule of the op", "règle de l'op"),
    "here": ("here", "ici"),
    "loop_back": (
        "The gradient of a loop is a loop in the other direction, over what each step saw.",
        "Le gradient d'une boucle est une boucle en sens inverse, sur ce que chaque pas a vu.",
    ),
    "again_back": (
        "What is inside is computed again, then differentiated.",
        "Ce qui est dedans est recalculé, puis dérivé.",
    ),
    "no_gradient": (
        "There is no scalar output to differentiate.",
        "Il n'y a pas de sortie scalaire à dériver.",
    ),
    # graph
    "stage": ("stage", "étape"),
    "fold_by": ("fold by", "plier par"),
    "by_module": ("module", "module"),
    "by_line": ("line", "ligne"),
    "by_kernel": ("kernel", "noyau"),
    "by_nothing": ("nothing", "rien"),
    "views": ("views and casts", "vues et conversions"),
    "fold_all": ("fold all", "tout plier"),
    "open_all": ("open all", "tout déplier"),
    "zoom_in": ("zoom in", "agrandir"),
    "zoom_out": ("zoom out", "réduire"),
    "fit": ("fit", "ajuster"),
    "search": ("search nodes", "chercher un nœud"),
    "found": ("{n} found", "{n} trouvés"),
    "graph_help": (
        "Arrows go to inputs (up), to users (down) and to neighbours; Enter opens or folds a group; + and "
        "- zoom, 0 fits. Drag and pinch work, too.",
        "Les flèches mènent aux entrées (haut), aux utilisateurs (bas) et aux voisins ; Entrée ouvre ou "
        "plie un groupe ; + et - zooment, 0 ajuste. Glisser et pincer marchent aussi.",
    ),
    "first_graph": ("as written", "tel qu'écrit"),
    "scheduled": ("as scheduled", "tel que planifié"),
    "loop": ("loop", "boucle"),
    "part": ("part", "partie"),
    "state": ("state", "état"),
    "updates": ("updates", "mises à jour"),
    "nodes_1": ("1 node", "1 nœud"),
    "nodes": ("{n} nodes", "{n} nœuds"),
    # passes
    "pass": ("pass", "passe"),
    "before": ("nodes before", "nœuds avant"),
    "after": ("after", "après"),
    "fired": ("rules that fired", "règles appliquées"),
    "whys": ("why these rules hold", "pourquoi ces règles sont justes"),
    "after_passes": ("The formula after them", "La formule après elles"),
    # kernels
    "rounds": ("{n} rounds", "{n} tours"),
    "steps_of": ("a loop of {n} steps", "une boucle de {n} pas"),
    "share_axis": ("threads share {axis}", "les fils se partagent {axis}"),
    "share_parts": (
        "threads share {axis} at multiples of {grain}",
        "les fils se partagent {axis} par multiples de {grain}",
    ),
    "everywhere": ("every thread does all", "chaque fil fait tout"),
    "one_thread": ("one thread", "un seul fil"),
    "one_result": ("one result at a time", "un résultat à la fois"),
    "dot_tiles": (
        "tiles of {height} x {width} dot products",
        "tuiles de {height} x {width} produits scalaires",
    ),
    "tiles": ("tiles of {height} rows x {width} columns", "tuiles de {height} lignes x {width} colonnes"),
    "vectors": (
        "vectors of {bytes} bytes, {registers} registers",
        "vecteurs de {bytes} octets, {registers} registres",
    ),
    "caches": ("caches", "caches"),
    "a_core": ("a core", "par cœur"),
    "shared": ("shared", "partagé"),
    "all_threads": ("{n} threads", "{n} fils"),
    "read_memory": ("memory, read", "mémoire, lecture"),
    "read_l2": ("second cache, read", "deuxième cache, lecture"),
    "read_l3": ("next cache, read", "cache suivant, lecture"),
    "read_core": ("from another core", "d'un autre cœur"),
    "barrier": ("all threads meet in", "tous les fils se rejoignent en"),
    "machine": ("Machine", "Machine"),
    "measured_limits": ("its limits, measured", "ses limites, mesurées"),
    "typical_limits": (
        "typical limits of its kind; `limpide doctor` measures them",
        "limites typiques de son genre ; `limpide doctor` les mesure",
    ),
    "no_kernels": ("NumPy device: no kernels.", "Appareil NumPy : pas de noyaux."),
    "kernel": ("kernel", "noyau"),
    "threads": ("threads", "fils"),
    "flops": ("FLOPs", "FLOP"),
    "bytes": ("bytes", "octets"),
    "expected": ("expected", "attendu"),
    "measured": ("measured", "mesuré"),
    "waits": ("then waits", "puis attend"),
    "at_least": ("limit", "limite"),
    "share": ("of the limit", "de la limite"),
    "limit_text": (
        "The limit is the time that the machine's measured arithmetic or memory rate needs at least, "
        "whichever is longer; bytes count every array once, from the nearest cache that holds them all.",
        "La limite est le temps qu'il faut au moins au calcul ou à la mémoire de la machine, au débit "
        "mesuré, le plus long des deux ; les octets comptent chaque tableau une fois, depuis le cache le "
        "plus proche qui les contient tous.",
    ),
    "times_text": (
        "Medians of {runs} calls of a build with a clock around every kernel (a reading costs {clock}, "
        "taken off): kernels {kernels}, waits of threads {waits}. The plain build takes {plain} a call, "
        "with what Python needs to call it. Inputs:",
        "Médianes de {runs} appels d'une version munie d'une horloge autour de chaque noyau (une lecture "
        "coûte {clock}, déduits) : noyaux {kernels}, attentes entre fils {waits}. La version ordinaire "
        "prend {plain} par appel, avec ce qu'il faut à Python pour l'appeler. Entrées :",
    ),
    "given_inputs": ("the example arguments", "les arguments d'exemple"),
    "random_inputs": ("random numbers, integers 0", "des nombres aléatoires, les entiers 0"),
    "no_times": (
        "Times are what the schedule expects; `limpide explain TARGET --html FILE --times` measures them.",
        "Les temps sont ceux que la planification attend ; `limpide explain CIBLE --html FICHIER --times` "
        "les mesure.",
    ),
    # memory
    "memory_text": (
        "Every array of the arena as a box: from left to right the kernels that it lives through, from "
        "bottom to top its bytes. Arrays that do not live at the same time share a place.",
        "Chaque tableau de l'arène est une boîte : de gauche à droite les noyaux qu'il traverse, de bas en "
        "haut ses octets. Les tableaux qui ne vivent pas en même temps partagent une place.",
    ),
    "no_arena": ("Nothing is kept between kernels.", "Rien n'est gardé entre les noyaux."),
    "arena": ("arena", "arène"),
    "unshared": ("without sharing", "sans partage"),
    "peak": ("peak", "pic"),
    "arrays": ("the arrays", "les tableaux"),
    "array": ("array", "tableau"),
    "type": ("type", "type"),
    "offset": ("from", "depuis"),
    "lives": ("lives", "vit"),
    # what is lit
    "line": ("line", "ligne"),
    "n_nodes_1": ("1 node", "1 nœud"),
    "n_kernels_1": ("1 kernel", "1 noyau"),
    "n_lines_1": ("1 line", "1 ligne"),
    "n_c_1": ("1 line of C", "1 ligne de C"),
    "n_nodes": ("{n} nodes", "{n} nœuds"),
    "n_kernels": ("{n} kernels", "{n} noyaux"),
    "n_lines": ("{n} lines", "{n} lignes"),
    "n_c": ("{n} lines of C", "{n} lignes de C"),
    "let_go": ("let go", "relâcher"),
}

NO_BREAK = re.compile(r" (?=[:;!?%])")  # where French lines never break


def words(key: str, **values: object) -> tuple[str, str]:
    """A text in both languages; with values its {places} are filled in."""
    english, french = WORDS[key]
    french = NO_BREAK.sub("\u00a0", french)
    return (english.format(**values), french.format(**values)) if values else (english, french)


def both(key: str, **values: object) -> str:
    """HTML with both, of which the page shows one."""
    english, french = map(escape, words(key, **values))
    return (
        english if english == french else f'<span lang="en">{english}</span><span lang="fr">{french}</span>'
    )

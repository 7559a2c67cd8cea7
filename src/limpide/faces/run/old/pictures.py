"""matplotlib and Pillow."""

from __future__ import annotations

from typing import Any

from .put import put, rename, renamed, translated

AXES = rename(axisbg="facecolor", axis_bgcolor="facecolor")


def _colours(module: Any) -> None:
    put(module, {"get_cmap": lambda name=None, lut=None: _colour_map(module, name, lut)})
    for name in ("spectral", "Vega10", "Vega20"):
        put(module, {name: _colour_map(module, name, None)})


RENAMED_MAPS = {
    "spectral": "nipy_spectral",
    "Vega10": "tab10",
    "Vega20": "tab20",
    "spectral_r": "nipy_spectral_r",
}


def _colour_map(module: Any, name: Any, lut: int | None) -> Any:
    if name is not None and not isinstance(name, str):
        return name
    found = module._colormaps[RENAMED_MAPS.get(name, name) if name else "viridis"]
    return found if lut is None else found.resampled(lut)


def _axes(module: Any) -> None:
    axes = module.Axes
    put(axes, {"set_axis_bgcolor": axes.set_facecolor, "get_axis_bgcolor": axes.get_facecolor})
    put(axes, {"set_color_cycle": lambda self, colours: self.set_prop_cycle(color=colours)})
    put(axes, {"hold": lambda self, on=None: None})
    translated(axes, "hist", rename(normed="density"))
    translated(axes, "imshow", _map_of_today)
    translated(axes, "matshow", _map_of_today)
    translated(axes, "scatter", _map_of_today)
    translated(axes, "grid", rename(b="visible"))


def _map_of_today(kwargs: dict[str, Any]) -> None:
    kwargs.pop("hold", None)
    name = kwargs.get("cmap")
    if isinstance(name, str):
        kwargs["cmap"] = RENAMED_MAPS.get(name, name)


def _figure(module: Any) -> None:
    figure = module.Figure
    translated(figure, "add_subplot", AXES)
    translated(figure, "add_axes", AXES)
    gca = figure.gca

    def gca_of(self: Any, **kwargs: Any) -> Any:
        return self.add_subplot(**kwargs) if kwargs else gca(self)

    figure.gca = gca_of
    translated(figure, "savefig", rename(frameon=None))


def _pyplot(module: Any) -> None:
    put(module, {"hold": lambda on=None: None, "ishold": lambda: True, "spectral": lambda: None})
    translated(module, "subplot", AXES)
    translated(module, "axes", AXES)
    # `plt.hist` and the like name their arguments, so that the old ones do not reach the axes.
    for name, change in (
        ("hist", rename(normed="density")),
        ("imshow", _map_of_today),
        ("scatter", _map_of_today),
        ("grid", rename(b="visible")),
    ):
        translated(module, name, change)
    for name in ("xticks", "yticks"):
        setattr(module, name, _ticks(getattr(module, name)))
    get = module.get_cmap
    module.get_cmap = lambda name=None, lut=None: get(
        RENAMED_MAPS.get(name, name) if isinstance(name, str) else name, lut
    )
    gca = module.gca
    module.gca = lambda **kwargs: module.gcf().gca(**kwargs) if kwargs else gca()


def _ticks(set_ticks: Any) -> Any:
    """As many labels as there are places: those that are too many are left out, as matplotlib once did."""

    def ticks(ticks: Any = None, labels: Any = None, **kwargs: Any) -> Any:
        if ticks is not None and labels is not None and len(ticks) != len(labels):
            labels = [*labels, *[""] * len(ticks)][: len(ticks)]
        return set_ticks(ticks, labels, **kwargs)

    return ticks


def _style(module: Any) -> None:
    use = module.use

    def used(style: Any) -> None:
        known = [style] if isinstance(style, str) else style
        use([_style_of_today(module, each) for each in known] if isinstance(known, list) else known)

    module.use = used


def _style_of_today(module: Any, name: Any) -> Any:
    if isinstance(name, str) and name.startswith("seaborn") and name not in module.available:
        return name.replace("seaborn", "seaborn-v0_8", 1)
    return name


def _canvas(module: Any) -> None:
    put(module.FigureCanvasBase, {"set_window_title": lambda self, title: None})


def _pillow(module: Any) -> None:
    sampling = module.Resampling
    put(module, {"ANTIALIAS": sampling.LANCZOS, "CUBIC": sampling.BICUBIC, "LINEAR": sampling.BILINEAR})
    renamed(module, {"fromstring": "frombytes"})
    renamed(module.Image, {"tostring": "tobytes", "fromstring": "frombytes"})


PATCHES = {
    "matplotlib.cm": _colours,
    "matplotlib.axes": _axes,
    "matplotlib.figure": _figure,
    "matplotlib.pyplot": _pyplot,
    "matplotlib.style": _style,
    "matplotlib.backend_bases": _canvas,
    "PIL.Image": _pillow,
}

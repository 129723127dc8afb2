"""What a build chose and why, as rows of its card; every number is read from the code that uses it."""

from __future__ import annotations

from typing import Any

from deocc.bench.building import cases, draws, subject
from deocc.bench.building.settings import LEVEL_RANGES
from deocc.bench.built import DEPTH_UNIT, LEVEL_NAMES
from deocc.data.occluders import contact, pasted, placed, shapes
from deocc.geometry.cameras import (
    VIEW_AZIMUTHS_DEG,
    VIEW_ELEVATIONS_DEG,
    VIEW_FOV_DEG,
    VIEW_RADIUS,
)

Row = tuple[str, str, str]  # what, how, why or whence


def choices(settings: dict[str, Any]) -> dict[str, list[Row]]:
    """Headings and their rows; settings as the manifest has them."""
    return {
        "The object": _object_rows(),
        "The photo": _photo_rows(settings),
        "Light and floor": _light_rows(settings),
        "Occlusions": _occlusion_rows(settings),
        "Masks, depth and hidden share": _mask_rows(),
        "Views": _view_rows(settings),
    }


def _span(limits: tuple[float, ...] | list[float], unit: str = "") -> str:
    return f"{limits[0]:g} to {limits[1]:g}{unit}"


def _object_rows() -> list[Row]:
    return [
        (
            "Truth",
            "the mesh as it is in its file, faces and all: no repair, no decimation",
            "DeOcc-1-to-3 §3.6",
        ),
        (
            "Normalisation",
            "turned about +Z so that the photo's camera stands at azimuth 0, bounding box centred, farthest "
            "vertex 0.5 from the origin",
            "the frame of docs/conventions.md: an upright result needs no alignment",
        ),
        ("Front", "the mesh file's own (glTF +Z), believed unchecked", "no source says more"),
        (
            "Volume of open meshes",
            "is the report's matter, by winding number; counted above",
            "many meshes are open, scans and authored ones",
        ),
    ]


def _photo_rows(settings: dict[str, Any]) -> list[Row]:
    size = settings["photo_px"]
    return [
        ("Size", f"{size} × {size} px", "Amodal3R's and our networks' working size; others scale down"),
        (
            "Azimuth",
            f"uniform, {_span(settings['azimuth_deg'], '°')} from the object's front",
            "DeOcc-1-to-3 §3.6 says “frontal”, without a number",
        ),
        (
            "Elevation",
            f"uniform, {_span(settings['elevation_deg'], '°')}",
            "as people photograph things; not published",
        ),
        (
            "Focal length",
            f"uniform, {_span(settings['focal_mm'], ' mm')} on a film 36 mm wide",
            "short telephoto; ZeroShape renders with 30 to 70 mm (row W18)",
        ),
        (
            "Framing",
            f"the longer side of the object's projection is {_span(settings['extent'])} of the frame, "
            f"drawn; its middle up to {settings['shift']:g} of the frame off the centre; wholly inside",
            "leaves room for an occluder; rows D19, W67 want no cut objects",
        ),
        (
            "Renderer",
            f"Cycles on the processor, {settings['photo_samples']} samples a pixel, no denoiser, one thread, "
            "noise seed drawn for each picture",
            "a path tracer, so that shadows and light agree with the shapes; the same bytes every time",
        ),
    ]


def _light_rows(settings: dict[str, Any]) -> list[Row]:
    return [
        (
            "Sun",
            f"azimuth {_span(draws.SUN_AZIMUTH_DEG, '°')} from the camera, elevation "
            f"{_span(draws.SUN_ELEVATION_DEG, '°')}, brightness {_span(draws.SUN_STRENGTH)} of white, drawn",
            "no backlight; photo and views have the same light",
        ),
        (
            "Sky",
            f"even, brightness {_span(draws.SKY_STRENGTH)} of white; seen as a light, tinted grey",
            "drawn",
        ),
        ("Floor", "matte, tinted grey, under the object's lowest point; in photos only", "drawn"),
        (
            "Materials",
            "base colour only, matte",
            "many meshes carry nothing else, and methods are compared by shape",
        ),
    ]


def _occlusion_rows(settings: dict[str, Any]) -> list[Row]:
    ranges = "; ".join(f"{level}: [{low:g}, {high:g})" for level, (low, high) in enumerate(LEVEL_RANGES, 1))
    deocc, zeroshape = pasted.RULES["deocc"].words, pasted.RULES["zeroshape"].words
    return [
        (
            "placed-1 … placed-5",
            f"one of {settings['candidates']} other objects, drawn from the folder, stands on the floor "
            "between camera and object, wholly nearer, and hides a share that is drawn uniformly in the "
            f"level's range ({ranges}); its longest side is {_span(placed.SIZES)} of the object's diameter; "
            "a plain box stands there where none of them hides so much",
            "DeOcc-1-to-3 §3.6, Table 1: “a random foreground object”; all five levels of every object, so "
            "that levels compare; reports weigh them by the table's shares. At least 2 % so that level 1 "
            "hides something, at most 60 % so that something stays",
        ),
        (
            "pasted-deocc, pasted-zeroshape",
            f"cut-outs of {settings['cutouts']} other objects pasted over the clean photo. deocc: {deocc}. "
            f"zeroshape: {zeroshape}; at least one",
            "rows D15 to D17; W24. DeOcc-1-to-3 gives no size",
        ),
        *_painted_rows(settings),
    ]


def _painted_rows(settings: dict[str, Any]) -> list[Row]:
    yaws = ", ".join(f"{one:g}" for one in subject.QUARTER_YAWS_DEG)
    least, most = 100 * cases.HIDDEN_LEAST, 100 * cases.HIDDEN_MOST
    return [
        (
            "shapes",
            f"{shapes.RULES[shapes.DEFAULT_RULE].words}; what is hidden is black",
            "Amodal3R §3.3, A.2b; rows A21 to A23: paper and script differ in the counts",
        ),
        (
            "contact",
            f"{contact.RULES[contact.DEFAULT_RULE]}, over {_span(settings['contact_ratio'])} of the faces; "
            f"what is hidden is black, and {cases.RIM_PX} px beside it, where colours are mixed with it",
            "Amodal3R §3.3, A.3a: the paper's 0.4 to 0.6, not the released script's 0.2 to 0.5 (row A26)",
        ),
        (
            "amodal3r-0 … amodal3r-3",
            f"yaw {yaws}° from the object's own front, pitch {subject.QUARTER_PITCH_DEG:g}°, distance "
            f"{subject.QUARTER_RADIUS:g}, field of view {subject.QUARTER_FOV_DEG:g}°, on black; one walk "
            "over the faces hides the same in all four, random shapes of its own lie over each",
            "Amodal3R §4.1, B.1a; rows A27, A41",
        ),
        (
            "Drawn again",
            f"a shapes, contact or amodal3r occlusion that hides under {least:g} % or over {most:g} % of the "
            f"object, up to {cases.DRAWS} times; then the case is left out",
            "else some would hide nothing, some all; not published",
        ),
    ]


def _mask_rows() -> list[Row]:
    return [
        (
            "Masks",
            "exact, by casting a ray through each pixel's centre at the render's own camera; what methods "
            "are given as the object's mask is its visible part",
            "a method's own segmentation is no part of the protocol",
        ),
        (
            "Hidden share",
            "1 − visible / whole pixels of the object at the photo's size; the level of a case is by this "
            f"measured share ({', '.join(LEVEL_NAMES)})",
            "DeOcc-1-to-3 §3.6 defines the ratio once as hidden, once as visible (row D43): hidden here",
        ),
        (
            "Depth",
            f"along the optical axis, of the whole object without its occluder, 16 bits of {DEPTH_UNIT:g} "
            "units, 0 where there is none",
            "the object's farthest vertex is 0.5 units from its middle",
        ),
    ]


def _view_rows(settings: dict[str, Any]) -> list[Row]:
    size, azimuths = settings["view_px"], ", ".join(f"{one:g}" for one in VIEW_AZIMUTHS_DEG)
    alternating = "; ".join(
        f"{name}: {high:+g}°, {low:+g}°" for name, (high, low) in VIEW_ELEVATIONS_DEG.items()
    )
    return [
        (
            "Six canonical views",
            f"azimuths {azimuths}° from the photo, elevations alternating ({alternating}), distance "
            f"{VIEW_RADIUS:g}, field of view {VIEW_FOV_DEG:g}°, {size} px, on nothing",
            "DeOcc-1-to-3 §3.1; both published camera sets, as the text does not say which (v1.1 "
            "published no field of view)",
        ),
        (
            f"{settings['random_views']} random views",
            "azimuth uniform all round, elevation uniform "
            f"{_span(settings['random_elevation_deg'], '°')}, else as the canonical ones",
            "DeOcc-1-to-3 §3.6 (row D40) gives the count alone",
        ),
        (
            "Samples",
            f"{settings['view_samples']} a pixel",
            "views are compared pixel by pixel, so noise would count",
        ),
    ]

"""Reading a folder of one's own: pets with masks, or flowers by class."""

import functools
import unicodedata
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from utils.datasets.pictures import SUFFIXES, read_image, read_pair
from utils.datasets.sample import FLOWER_CLASSES

UNREAD_SUFFIXES = (".heic", ".heif", ".avif", ".jxl", ".svg", ".dng", ".cr2", ".nef")
LISTED_PROBLEMS = 10
PETS_LAYOUT = (
    "images/NAME.jpg and annotations/trimaps/NAME.png, and optionally the lists "
    "annotations/trainval.txt and annotations/test.txt"
)


@dataclass(frozen=True)
class Example:
    """One example of a folder: its name, its picture, its mask or its class id."""

    name: str
    image: Path
    target: Path | int


def read_pet_folder(folder):
    """Finds and checks the pictures and masks in a folder.

    The layout is that of the Oxford-IIIT Pet data set; a picture in neither of its two
    lists is left out. All files are read once, so that bad ones are known before the
    training; a later call reads only files that have changed.

    Args:
        folder: Path of the folder that holds `images` and `annotations`.

    Returns:
        Dict "train" -> list of `Example`, and "test" -> list, if there are lists; breed
        names by id and species names, empty unless the lists give them.

    Raises:
        ValueError: If the layout is another or files are bad; all bad ones are
            reported.

    Example:
    >>> import tempfile
    >>> from PIL import Image
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     for part, colour in (("images", 200), ("annotations/trimaps", 1)):
    ...         (Path(folder) / part).mkdir(parents=True)
    ...         Image.new("L", (4, 3), colour).save(Path(folder) / part / "tom.png")
    ...     parts, breeds, species = read_pet_folder(folder)
    >>> [example.name for example in parts["train"]]
    ['tom']
    """
    folder = Path(folder)
    images, masks = folder / "images", folder / "annotations" / "trimaps"
    if not images.is_dir() or not masks.is_dir():
        hint = " It looks like one for `load_flowers`." * bool(_class_folders(folder))
        raise ValueError(
            f"A folder of pets must hold {PETS_LAYOUT}. Received: {folder}, without "
            f"{'annotations/trimaps' if images.is_dir() else 'images'}.{hint}"
        )
    pictures, problems = _pictures_in(images)
    trimaps, mask_problems = _pictures_in(masks)
    lists, breeds, species, list_problems = _read_lists(folder / "annotations")
    parts, pairs = {}, {}
    for part, names in (lists or {"train": sorted(pictures)}).items():
        parts[part] = []
        for name in names:
            if name not in pictures:
                list_problems.append(f"images/{name}.jpg: listed, but there is none.")
            elif name not in trimaps:
                list_problems.append(
                    f"{pictures[name].name}: has no mask annotations/trimaps/"
                    f"{name}.png. Draw one, or remove the picture."
                )
            else:
                pairs[name] = Example(name, pictures[name], trimaps[name])
                parts[part].append(pairs[name])
    problems += mask_problems + list_problems
    _report(folder, problems + _check(pairs.values()), len(pictures))
    return parts, breeds, species


def read_flower_folder(folder):
    """Finds and checks the pictures in a folder that holds one folder a class."""
    folder = Path(folder)
    class_folders = _class_folders(folder)
    if not class_folders or (folder / "annotations").is_dir():
        hint = " It looks like one for `load_pets`." * (folder / "images").is_dir()
        raise ValueError(
            "A folder of flowers must hold one folder of pictures for each class. "
            f"Received: {folder}.{hint}"
        )
    examples, problems = [], []
    for label, class_folder in enumerate(class_folders):
        pictures, class_problems = _pictures_in(class_folder)
        problems += class_problems
        examples += [
            Example(f"{class_folder.name}/{name}", picture, label)
            for name, picture in sorted(pictures.items())
        ]
    problems += _check(examples)
    _report(folder, problems, len(examples))
    return examples, tuple(_normal(path.name) for path in class_folders)


def _normal(name):
    """Spells `name` in one way: macOS stores 과 or é in another than a text file."""
    return unicodedata.normalize("NFC", name)


def _class_folders(folder):
    """Returns the folders of classes, in the order of their ids."""
    folders = {
        _normal(path.name): path
        for path in folder.iterdir()
        if path.is_dir() and not path.name.startswith((".", "_"))
    }
    names = FLOWER_CLASSES if folders.keys() == set(FLOWER_CLASSES) else sorted(folders)
    return [folders[name] for name in names]


def _pictures_in(folder):
    """Returns a dict of name without suffix -> path, and the problems met."""
    pictures, problems = {}, []
    for path in sorted(folder.iterdir()):
        suffix, name = path.suffix.lower(), _normal(path.stem)
        if path.name.startswith(".") or not path.is_file():
            continue
        if suffix in UNREAD_SUFFIXES:
            problems.append(f"{path.name}: cannot be read. Save it as JPEG or PNG.")
        elif suffix in SUFFIXES and name in pictures:
            problems.append(
                f"{path.name}: {pictures[name].name} has the same name. Rename one."
            )
        elif suffix in SUFFIXES:
            pictures[name] = path
    if not pictures and not problems:
        problems.append(f"{folder.name}: holds no picture ({', '.join(SUFFIXES)}).")
    return pictures, problems


def _read_lists(folder):
    """Reads the lists of names: (dict part -> names, breeds, species, problems)."""
    files = {"train": folder / "trainval.txt", "test": folder / "test.txt"}
    present = [path.name for path in files.values() if path.is_file()]
    if not present:
        return None, (), (), []
    parts, breeds, problems, part_of = {}, {}, [], {}
    if len(present) == 1:
        missing = ({"trainval.txt", "test.txt"} - set(present)).pop()
        problems.append(f"annotations/{missing}: missing, beside {present[0]}.")
    for part, path in files.items():
        parts[part] = []
        for line in _lines(path) if path.name in present else ():
            name, *ids = line.rsplit(maxsplit=3)
            if len(ids) == 3 and all(field.isdigit() for field in ids):
                breeds[int(ids[0])] = name.rpartition("_")[0] or name
            else:
                name = line
            if name in part_of:
                problems.append(f"{path.name}: {name} is listed twice. Keep one line.")
            else:
                part_of[name] = part
                parts[part].append(name)
        if path.name in present and not parts[part]:
            problems.append(f"annotations/{path.name}: lists no picture.")
    names = tuple(breeds[number] for number in sorted(breeds))
    return parts, names, ("Cat", "Dog") if names else (), problems


def _lines(path):
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValueError(f"{path} is not UTF-8 text: save it as UTF-8.") from error
    lines = (_normal(line.strip()) for line in text.splitlines())
    return [line for line in lines if line and not line.startswith("#")]


def _check(examples):
    """Reads every example once, and returns what is wrong with them."""
    with ThreadPoolExecutor() as pool:
        return [complaint for complaint in pool.map(_complaint, examples) if complaint]


def _stamp(path):
    status = path.stat()
    return path, status.st_mtime_ns, status.st_size


def _complaint(example):
    stamps = [_stamp(example.image)]
    if isinstance(example.target, Path):
        stamps.append(_stamp(example.target))
    return _complaint_about(*stamps)


@functools.lru_cache(maxsize=100_000)
def _complaint_about(*stamps):
    """Reads a picture, with its mask if it has one; returns what is wrong or None."""
    paths = [path for path, *_ in stamps]
    try:
        read_image(*paths) if len(paths) == 1 else read_pair(*paths)
    except ValueError as error:
        return str(error)
    return None


def _report(folder, problems, count):
    """Raises one error that lists `problems`, if there are any."""
    if not problems:
        return
    lines = [f"- {problem}" for problem in problems[:LISTED_PROBLEMS]]
    if len(problems) > LISTED_PROBLEMS:
        lines.append(f"- and {len(problems) - LISTED_PROBLEMS} more.")
    raise ValueError(
        f"{folder} cannot be used as it is: {len(problems)} problem(s) in {count} "
        "picture(s).\n" + "\n".join(lines)
    )

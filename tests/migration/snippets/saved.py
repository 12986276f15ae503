"""``save_to_dir``: twenty augmented copies of one picture, as files."""

from PIL import Image


def run(ImageDataGenerator, scene):
    datagen = ImageDataGenerator(
        rotation_range=40,
        width_shift_range=0.2,
        height_shift_range=0.2,
        shear_range=0.2,
        zoom_range=0.2,
        horizontal_flip=True,
        fill_mode="nearest",
    )
    img = scene.image.load_img(scene.folder / "flat" / "04.png")
    x = scene.image.img_to_array(img)
    x = x.reshape((1, *x.shape))
    preview = scene.new("preview")
    i = 0
    for _batch in datagen.flow(x, batch_size=1, save_to_dir=preview, save_prefix="cat", save_format="jpeg"):
        i += 1  # noqa: SIM113 (as the tutorial has it)
        if i > 20:
            break
    files = sorted(preview.iterdir())
    folder = scene.new("augmented")
    it = ImageDataGenerator(rescale=1 / 255, rotation_range=30).flow_from_directory(
        scene.folder / "pair", target_size=(20, 20), batch_size=4, save_to_dir=str(folder), save_prefix="aug", seed=3
    )
    for _ in range(2):
        next(it)
    saved = sorted(folder.iterdir())
    with Image.open(files[0]) as first, Image.open(saved[0]) as turned:
        opened = (first.size, first.mode, turned.mode, turned.getextrema()[0][1] > 200)
    return {
        "opened": opened,
        "most": 18 <= len(files) <= 21,
        "prefix": {path.name.split("_")[0] for path in files},
        "parts": {len(path.stem.split("_")) for path in files},
        "suffix": {path.suffix for path in files},
        "saved": len(saved),
        "numbers": all(path.stem.split("_")[1].isdigit() for path in saved),
        "png": {path.suffix for path in saved},
    }

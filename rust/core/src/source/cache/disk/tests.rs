use std::path::PathBuf;

use super::*;

const SIZE: [usize; 2] = [3, 5];
const PIXELS: [u8; 15] = *b"fifteen letters";

fn whole(path: &Path) -> super::Place<'_> {
    super::Place { path, range: None }
}

/// A folder with an image file, removed with it.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let place = std::env::temp_dir().join(format!("samebatch-disk-{name}-{}", std::process::id()));
        fs::create_dir_all(&place).unwrap();
        fs::write(place.join("image"), b"content").unwrap();
        Self(place)
    }

    fn image(&self) -> PathBuf {
        self.0.join("image")
    }

    fn disk(&self) -> Disk {
        Disk::new(self.0.join("cache"), vec![1, 0], 1)
    }

    fn put(&self, disk: &Disk) {
        let stamp = Stamp::of(&fs::metadata(self.image()).unwrap()).unwrap();
        disk.put(whole(&self.image()), None, stamp, SIZE, &PIXELS);
        assert_eq!(disk.failure(), None);
    }

    fn get(&self, disk: &Disk) -> Option<([usize; 2], Vec<u8>)> {
        let mut pixels = vec![7; 3];
        disk.get(whole(&self.image()), None, &mut pixels).map(|size| (size, pixels))
    }

    /// The entries, whole or unfinished.
    fn entries(&self) -> Vec<PathBuf> {
        let folders = fs::read_dir(self.0.join("cache")).unwrap();
        folders.flat_map(|folder| fs::read_dir(folder.unwrap().path()).unwrap()).map(|at| at.unwrap().path()).collect()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[test]
fn what_is_put_is_got_by_the_next_run() {
    let place = Folder::new("next");
    assert_eq!(place.get(&place.disk()), None);
    place.put(&place.disk());
    assert_eq!(place.get(&place.disk()), Some((SIZE, PIXELS.to_vec())));
    assert_eq!(place.entries().len(), 1, "nothing unfinished is left");
}

#[test]
fn an_entry_is_of_one_image_one_size_and_one_way_of_decoding() {
    let place = Folder::new("one");
    place.put(&place.disk());
    let mut pixels = Vec::new();
    assert_eq!(place.disk().get(whole(&place.image()), Some(SIZE), &mut pixels), None);
    assert_eq!(place.get(&Disk::new(place.0.join("cache"), vec![1, 1], 1)), None);
    fs::copy(place.image(), place.0.join("other")).unwrap();
    assert_eq!(place.disk().get(whole(&place.0.join("other")), None, &mut pixels), None);
}

#[test]
fn an_image_that_changes_is_decoded_again() {
    let place = Folder::new("change");
    place.put(&place.disk());
    let modified = fs::metadata(place.image()).unwrap().modified().unwrap();
    fs::write(place.image(), b"more content").unwrap();
    assert_eq!(place.get(&place.disk()), None, "another length");
    fs::write(place.image(), b"CONTENT").unwrap();
    let file = File::options().write(true).open(place.image()).unwrap();
    file.set_modified(modified + std::time::Duration::from_micros(1)).unwrap();
    assert_eq!(place.get(&place.disk()), None, "another time");
    file.set_modified(modified).unwrap();
    assert_eq!(place.get(&place.disk()), Some((SIZE, PIXELS.to_vec())));
    fs::remove_file(place.image()).unwrap();
    assert_eq!(place.get(&place.disk()), None, "no image");
}

#[test]
fn every_damage_is_seen_and_repaired() {
    let place = Folder::new("damage");
    let disk = place.disk();
    place.put(&disk);
    let entry = place.entries().remove(0);
    let whole = fs::read(&entry).unwrap();
    for at in 0..whole.len() {
        for damage in [1, 128] {
            let mut damaged = whole.clone();
            damaged[at] ^= damage;
            fs::write(&entry, damaged).unwrap();
            assert_eq!(place.get(&disk), None, "byte {at}");
        }
        fs::write(&entry, &whole[..at]).unwrap();
        assert_eq!(place.get(&disk), None, "cut off at {at}");
    }
    fs::write(&entry, [&*whole, b"more"].concat()).unwrap();
    assert_eq!(place.get(&disk), None, "too long");
    place.put(&disk);
    assert_eq!(place.get(&disk), Some((SIZE, PIXELS.to_vec())));
}

#[test]
fn where_nothing_can_be_written_nothing_is_kept() {
    let place = Folder::new("full");
    fs::write(place.0.join("cache"), b"a file").unwrap();
    let disk = place.disk();
    let stamp = Stamp::of(&fs::metadata(place.image()).unwrap()).unwrap();
    disk.put(whole(&place.image()), None, stamp, SIZE, &PIXELS);
    assert!(disk.failure().unwrap().contains("cannot write to"));
    assert_eq!(place.get(&disk), None);
    fs::remove_file(place.0.join("cache")).unwrap();
    disk.put(whole(&place.image()), None, stamp, SIZE, &PIXELS);
    assert_eq!(place.get(&disk), None, "it is not tried again");
}

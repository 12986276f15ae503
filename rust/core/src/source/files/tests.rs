use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use super::*;

const OPTIONS: Options = Options { colour: Colour::Grey, upright: false, largest: 1 << 20 };

/// A directory that is removed with it.
struct Place(PathBuf);

impl Place {
    fn new(name: &str) -> Self {
        let place = std::env::temp_dir().join(format!("samebatch-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&place).unwrap();
        Self(place)
    }

    fn file(&self, name: &str, content: &[u8]) -> PathBuf {
        let path = self.0.join(name);
        std::fs::write(&path, content).unwrap();
        path
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn files(paths: &[&Path], cache: Option<Cache>) -> Files {
    let mut blob = Vec::new();
    let ends = paths.iter().map(|path| {
        blob.extend_from_slice(path.as_os_str().as_encoded_bytes());
        blob.len()
    });
    let ends = ends.collect();
    Files::new(Names::new(blob, ends).unwrap(), Origin::Paths, OPTIONS, cache, None).unwrap()
}

/// Decodes, gives and counts.
#[derive(Default)]
struct Small {
    decoded: AtomicUsize,
    given: Vec<Vec<u8>>,
}

impl Helper for Small {
    fn fetch(&self, index: usize, content: &mut Vec<u8>) -> Result<(), Error> {
        content.extend_from_slice(self.given.get(index).ok_or_else(|| Error::Interrupted("gone".to_owned()))?);
        Ok(())
    }

    fn decode(&self, image: Encoded<'_>, pixels: &mut Vec<u8>) -> Result<[usize; 2], Error> {
        self.decoded.fetch_add(1, Ordering::Relaxed);
        match image {
            Encoded::File(path) => decode_small(&std::fs::read(path).unwrap(), pixels),
            Encoded::Bytes(content) => decode_small(content, pixels),
        }
    }
}

/// No native decoder takes such files: the number of rows and of columns, and the values.
fn decode_small(content: &[u8], pixels: &mut Vec<u8>) -> Result<[usize; 2], Error> {
    let [height, width, values @ ..] = content else { return Err(Error::Decode("it is short".to_owned())) };
    pixels.clear();
    pixels.extend_from_slice(values);
    Ok([usize::from(*height), usize::from(*width)])
}

fn load(files: &Files, index: usize) -> Result<([usize; 3], Vec<u8>), Error> {
    let rows = [index];
    let helper = Small::default();
    let images = FileImages::new(files, &rows, None, &helper, false)?;
    let mut loaded = Loaded::default();
    let view = images.load(0, &mut loaded)?;
    // SAFETY: the view says so.
    let values = view.addresses().map(|at| unsafe { *at }).collect();
    Ok((view.shape(), values))
}

#[test]
fn paths_are_told_apart_by_their_ends() {
    let place = Place::new("paths");
    let (one, two) = (place.file("one", &[1, 2, 7, 8]), place.file("two", &[2, 1, 5, 6]));
    let files = files(&[&one, &two], None);
    assert_eq!(load(&files, 0), Ok(([1, 2, 1], vec![7, 8])));
    assert_eq!(load(&files, 1), Ok(([2, 1, 1], vec![5, 6])));
    assert!(matches!(load(&files, 2), Err(Error::Spec(text)) if text.contains("rows[0] = 2")));
}

#[test]
fn ends_that_are_none_are_refused() {
    for ends in [vec![3, 2, 4], vec![1, 5], vec![3]] {
        assert!(matches!(Names::new(*b"abcd", ends), Err(Error::Shape(_))));
    }
    assert_eq!(Names::new(*b"", vec![]).unwrap().count(), 0);
}

#[test]
fn what_is_no_file_is_told_by_name() {
    let place = Place::new("nofile");
    let (empty, short) = (place.file("empty", b""), place.file("short", b"\x01"));
    let wide = place.file("wide", &[0, 9]);
    let missing = place.0.join("missing");
    let files = files(&[&empty, &short, &missing, &place.0, &wide], None);
    for (index, name, reason) in [
        (0, "empty", "it is empty (0 bytes)"),
        (1, "short", "it is short"),
        (2, "missing", "there is no such file"),
        (3, "nofile", "it is a folder"),
        (4, "wide", "it has 0 x 9 pixels"),
    ] {
        let error = load(&files, index).unwrap_err();
        assert!(matches!(&error, Error::Decode(text) if text.contains(name) && text.contains(reason)), "{error}");
    }
}

#[cfg(unix)]
#[test]
fn a_pipe_is_refused_at_once() {
    let place = Place::new("pipe");
    let pipe = place.0.join("pipe");
    let name = std::ffi::CString::new(pipe.as_os_str().as_encoded_bytes()).unwrap();
    // SAFETY: the name is a string that ends with a zero.
    assert_eq!(unsafe { libc::mkfifo(name.as_ptr(), 0o600) }, 0);
    for path in [&*pipe, Path::new("/dev/zero")] {
        let error = load(&files(&[path], None), 0).unwrap_err();
        assert!(matches!(&error, Error::Decode(text) if text.contains("not a regular file")), "{error}");
    }
}

#[test]
fn pixels_of_another_number_are_a_defect() {
    let place = Place::new("number");
    let files = files(&[&place.file("one", &[2, 2, 1, 2, 3])], None);
    assert!(matches!(load(&files, 0), Err(Error::Internal(_))));
}

#[test]
fn what_is_kept_is_not_decoded_again() {
    let place = Place::new("kept");
    let one = place.file("one", &[1, 2, 7, 8]);
    let files = files(&[&one], Some(Cache::new(1, Some(1 << 20))));
    let counted = Small::default();
    let mut loaded = Loaded::default();
    for _ in 0..3 {
        let images = FileImages::new(&files, &[0, 0], None, &counted, false).unwrap();
        assert_eq!(images.load(1, &mut loaded).unwrap().shape(), [1, 2, 1]);
    }
    assert_eq!(counted.decoded.load(Ordering::Relaxed), 1);
    std::fs::remove_file(one).unwrap();
    assert_eq!(load(&files, 0), Ok(([1, 2, 1], vec![7, 8])));
}

/// Four ranges of a file "both", of which two are images.
fn ranges(place: &Place, cache: Option<PathBuf>) -> Files {
    let both = place.file("both", &[9, 1, 2, 7, 8, 2, 1, 5, 6]);
    let metadata = std::fs::metadata(&both).unwrap();
    let stamp = Stamp::of(&metadata).unwrap();
    let container = both.as_os_str().as_encoded_bytes().to_vec();
    let containers = Names::new(container.clone(), vec![container.len()]).unwrap();
    let ranges = Ranges::new(containers, vec![stamp], vec![0; 4], vec![1, 5, 3, 7], vec![4, 4, 0, 8]).unwrap();
    let names = Names::new(*b"onetwonullpast", vec![3, 6, 10, 14]).unwrap();
    Files::new(names, Origin::Ranges(Arc::new(ranges)), OPTIONS, None, cache).unwrap()
}

#[test]
fn a_range_of_a_file_is_an_image() {
    let place = Place::new("range");
    let files = ranges(&place, None);
    assert_eq!(load(&files, 1), Ok(([2, 1, 1], vec![5, 6])));
    assert_eq!(load(&files, 0), Ok(([1, 2, 1], vec![7, 8])));
    for (index, reason) in [(2, "both: null': it is empty (0 bytes)"), (3, "both: past': its file ends at byte 9")] {
        let error = load(&files, index).unwrap_err();
        assert!(matches!(&error, Error::Decode(text) if text.contains(reason)), "{error}");
    }
}

#[test]
fn a_range_of_a_file_that_has_changed_is_refused() {
    let place = Place::new("changed");
    let files = ranges(&place, None);
    place.file("both", &[0; 10]);
    let error = load(&files, 0).unwrap_err();
    assert!(matches!(&error, Error::Decode(text) if text.contains("its file has changed")), "{error}");
    std::fs::remove_file(place.0.join("both")).unwrap();
    let error = load(&files, 0).unwrap_err();
    assert!(matches!(&error, Error::Decode(text) if text.contains("there is no such file")), "{error}");
}

#[test]
fn ranges_are_kept_apart_in_a_folder() {
    let place = Place::new("apart");
    let kept = Some(place.0.join("kept"));
    for _ in 0..2 {
        let files = ranges(&place, kept.clone());
        assert_eq!(load(&files, 0), Ok(([1, 2, 1], vec![7, 8])));
        assert_eq!(load(&files, 1), Ok(([2, 1, 1], vec![5, 6])));
        assert_eq!(files.disk().unwrap().failure(), None);
    }
    let (files, helper) = (ranges(&place, kept), Small::default());
    let images = FileImages::new(&files, &[0, 1], None, &helper, false).unwrap();
    for position in 0..2 {
        images.load(position, &mut Loaded::default()).unwrap();
    }
    // The second writing made the file new, so all that is kept since then is found.
    assert_eq!(helper.decoded.load(Ordering::Relaxed), 2);
    images.load(0, &mut Loaded::default()).unwrap();
    assert_eq!(helper.decoded.load(Ordering::Relaxed), 2);
}

#[test]
fn more_files_are_read_than_stay_open() {
    let place = Place::new("many");
    let paths: Vec<_> = (0..100).map(|at| place.file(&format!("{at}"), &[1, 1, at])).collect();
    let stamps = paths.iter().map(|path| Stamp::of(&std::fs::metadata(path).unwrap()).unwrap()).collect();
    let mut blob = Vec::new();
    let ends: Vec<_> = paths
        .iter()
        .map(|path| {
            blob.extend_from_slice(path.as_os_str().as_encoded_bytes());
            blob.len()
        })
        .collect();
    let (names, containers) = (Names::new(blob.clone(), ends.clone()), Names::new(blob, ends));
    let ranges = Ranges::new(containers.unwrap(), stamps, (0..100).collect(), vec![0; 100], vec![3; 100]).unwrap();
    let files = Files::new(names.unwrap(), Origin::Ranges(Arc::new(ranges)), OPTIONS, None, None).unwrap();
    std::thread::scope(|scope| {
        for thread in 0..4_usize {
            let files = &files;
            scope.spawn(move || {
                for at in 0..300_usize {
                    let index = (at * (2 * thread + 1)) % 100;
                    assert_eq!(load(files, index), Ok(([1, 1, 1], vec![index as u8])));
                }
            });
        }
    });
}

#[test]
fn ranges_that_are_none_are_refused() {
    let containers = || Names::new(*b"one", vec![3]).unwrap();
    let stamp = || vec![Stamp::new(3, 0)];
    assert!(matches!(Ranges::new(containers(), vec![], vec![], vec![], vec![]), Err(Error::Shape(_))));
    assert!(matches!(Ranges::new(containers(), stamp(), vec![0], vec![], vec![1]), Err(Error::Shape(_))));
    assert!(matches!(Ranges::new(containers(), stamp(), vec![1], vec![0], vec![1]), Err(Error::Spec(_))));
    let ranges = Ranges::new(containers(), stamp(), vec![0], vec![0], vec![1]).unwrap();
    let names = Names::new(*b"ab", vec![1, 2]).unwrap();
    assert!(matches!(Files::new(names, Origin::Ranges(Arc::new(ranges)), OPTIONS, None, None), Err(Error::Shape(_))));
}

#[test]
fn what_is_asked_for_is_decoded_as_it_is_given() {
    let names = Names::new(*b"abc", vec![1, 2, 3]).unwrap();
    let files = Files::new(names, Origin::Asked, OPTIONS, Some(Cache::new(3, Some(1 << 20))), None).unwrap();
    let helper = Small { given: vec![vec![1, 2, 7, 8], vec![]], ..Small::default() };
    let images = FileImages::new(&files, &[1, 0, 2], None, &helper, true).unwrap();
    let mut loaded = Loaded::default();
    assert_eq!(images.load(1, &mut loaded).unwrap().shape(), [1, 2, 1]);
    assert!(matches!(images.load(0, &mut loaded), Err(Error::Decode(text)) if text == "'b': it is empty (0 bytes)"));
    assert!(matches!(images.load(2, &mut loaded), Err(Error::Interrupted(text)) if text == "gone"));
    assert_eq!(images.into_skipped(), [(0, "it is empty (0 bytes)".to_owned())]);
}

#[test]
fn failures_are_passed_over_only_where_asked_and_only_of_files() {
    let place = Place::new("skip");
    let (empty, wrong) = (place.file("empty", b""), place.file("wrong", &[2, 2, 1]));
    let files = files(&[&empty, &place.0.join("none"), &wrong], None);
    let rows = [1, 2, 0];
    let helper = Small::default();
    let strict = FileImages::new(&files, &rows, None, &helper, false).unwrap();
    let skipping = FileImages::new(&files, &rows, None, &helper, true).unwrap();
    for (position, passed_over) in [(2, true), (0, true), (1, false)] {
        let mut loaded = Loaded::default();
        let error = skipping.load(position, &mut loaded).unwrap_err();
        assert_eq!(skipping.passes_over(&error), passed_over, "{error}");
        assert!(!strict.passes_over(&error));
    }
    let told = [(0, "there is no such file".to_owned()), (2, "it is empty (0 bytes)".to_owned())];
    assert_eq!(skipping.into_skipped(), told);
}

#[test]
fn the_memory_of_one_large_image_is_given_back() {
    let mut loaded = Loaded { file: Vec::with_capacity(100), pixels: Vec::with_capacity((1 << 26) + 1) };
    loaded.shed();
    assert!(loaded.file.capacity() >= 100 && loaded.pixels.capacity() == 0);
}

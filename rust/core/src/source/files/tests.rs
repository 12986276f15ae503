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
    Files::new(blob, ends, OPTIONS, cache, None).unwrap()
}

/// No native decoder takes such files: the number of rows and of columns, and the values.
fn decode_small(path: &Path, pixels: &mut Vec<u8>) -> Result<[usize; 2], Error> {
    let content = std::fs::read(path).unwrap();
    let [height, width, values @ ..] = &*content else { return Err(Error::Decode("it is short".to_owned())) };
    pixels.clear();
    pixels.extend_from_slice(values);
    Ok([usize::from(*height), usize::from(*width)])
}

fn load(files: &Files, index: usize) -> Result<([usize; 3], Vec<u8>), Error> {
    let rows = [index];
    let images = FileImages::new(files, &rows, None, &decode_small, false)?;
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
        assert!(matches!(Files::new(*b"abcd", ends, OPTIONS, None, None), Err(Error::Shape(_))));
    }
    assert_eq!(Files::new(*b"", vec![], OPTIONS, None, None).unwrap().count(), 0);
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
    let calls = AtomicUsize::new(0);
    let counted = |path: &Path, pixels: &mut Vec<u8>| {
        calls.fetch_add(1, Ordering::Relaxed);
        decode_small(path, pixels)
    };
    let mut loaded = Loaded::default();
    for _ in 0..3 {
        let images = FileImages::new(&files, &[0, 0], None, &counted, false).unwrap();
        assert_eq!(images.load(1, &mut loaded).unwrap().shape(), [1, 2, 1]);
    }
    assert_eq!(calls.load(Ordering::Relaxed), 1);
    std::fs::remove_file(one).unwrap();
    assert_eq!(load(&files, 0), Ok(([1, 2, 1], vec![7, 8])));
}

#[test]
fn failures_are_passed_over_only_where_asked_and_only_of_files() {
    let place = Place::new("skip");
    let (empty, wrong) = (place.file("empty", b""), place.file("wrong", &[2, 2, 1]));
    let files = files(&[&empty, &place.0.join("none"), &wrong], None);
    let rows = [1, 2, 0];
    let strict = FileImages::new(&files, &rows, None, &decode_small, false).unwrap();
    let skipping = FileImages::new(&files, &rows, None, &decode_small, true).unwrap();
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

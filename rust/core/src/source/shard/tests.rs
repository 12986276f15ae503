use proptest::prelude::*;

use super::header::{BLOCK, Header, parse};
use super::pax::Pax;
use super::*;

/// An archive in memory.
struct Bytes(Vec<u8>);

impl ReadAt for Bytes {
    fn size(&self) -> u64 {
        self.0.len() as u64
    }

    fn read_at(&self, offset: u64, content: &mut [u8]) -> Result<(), String> {
        let end = offset as usize + content.len();
        content.copy_from_slice(self.0.get(offset as usize..end).ok_or("past the end")?);
        Ok(())
    }

    fn at_once(&self) -> usize {
        700
    }
}

fn block(kind: u8, name: &[u8], size: u64) -> [u8; BLOCK] {
    let mut block = [0; BLOCK];
    block[..name.len()].copy_from_slice(name);
    block[124..136].copy_from_slice(format!("{size:011o}\0").as_bytes());
    block[156] = kind;
    block[257..263].copy_from_slice(b"ustar\0");
    sign(&mut block);
    block
}

fn sign(block: &mut [u8; BLOCK]) {
    block[148..156].fill(b' ');
    let sum: u32 = block.iter().map(|byte| u32::from(*byte)).sum();
    block[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
}

fn member(archive: &mut Vec<u8>, kind: u8, name: &[u8], content: &[u8]) {
    archive.extend(block(kind, name, content.len() as u64));
    archive.extend(content);
    archive.resize(archive.len().next_multiple_of(BLOCK), 0);
}

fn archive(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut archive = Vec::new();
    for (name, content) in members {
        member(&mut archive, b'0', name.as_bytes(), content);
    }
    archive.resize(archive.len() + 2 * BLOCK, 0);
    archive
}

fn wanted() -> Wanted {
    Wanted { images: vec![b"jpg".to_vec(), b"png".to_vec()], label: Some(b"cls".to_vec()) }
}

/// (name, content, label) of each sample.
fn samples(archive: &[u8], index: &Index) -> Vec<(String, Vec<u8>, Vec<u8>)> {
    let part = |bytes: &[u8], ends: &[i64], at: usize| {
        bytes[at.checked_sub(1).map_or(0, |before| ends[before] as usize)..ends[at] as usize].to_vec()
    };
    let sample = |at: usize| {
        let start = index.offsets[at] as usize;
        let content = archive[start..start + index.lengths[at] as usize].to_vec();
        let name = String::from_utf8(part(&index.names, &index.name_ends, at)).unwrap();
        (name, content, part(&index.labels, &index.label_ends, at))
    };
    (0..index.offsets.len()).map(sample).collect()
}

#[test]
fn members_of_a_name_are_a_sample() {
    let long = [7; 3000];
    let bytes = archive(&[
        ("__index__", b"meta"),
        ("a/1.jpg", &long),
        ("a/1.cls", b"3"),
        ("a/1.seg.png", b"mask"),
        ("README", b"no dot"),
        ("b.d/2.cls", b"4"),
        ("b.d/2.PNG", b"second choice"),
        ("b.d/2.jpg", b"image"),
        ("c.jpg", b"lonely"),
        ("d.cls", b"5"),
        ("e.jpg", b"1"),
        ("e.jpg", b"2"),
        ("e.cls", b"6"),
    ]);
    let index = scan(&Bytes(bytes.clone()), &wanted());
    assert_eq!(index.damage, None);
    assert_eq!(
        samples(&bytes, &index),
        [
            ("a/1.jpg".to_owned(), long.to_vec(), b"3".to_vec()),
            ("b.d/2.jpg".to_owned(), b"image".to_vec(), b"4".to_vec())
        ]
    );
    assert_eq!(index.incomplete, 3);
    assert_eq!(index.lacking.as_deref(), Some("the sample 'c': it has no label (cls), only: jpg"));
    let unlabelled = scan(&Bytes(bytes), &Wanted { label: None, ..wanted() });
    assert_eq!((unlabelled.offsets.len(), unlabelled.incomplete), (3, 2));
}

#[test]
fn links_and_sparse_files_are_refused() {
    let mut bytes = Vec::new();
    member(&mut bytes, b'1', b"a.jpg", b"");
    member(&mut bytes, b'5', b"folder/", b"");
    member(&mut bytes, b'0', b"a.cls", b"1");
    let mut end = bytes.clone();
    end.resize(bytes.len() + 2 * BLOCK, 0);
    let index = scan(&Bytes(end), &wanted());
    assert!(index.lacking.unwrap().contains("'a.jpg' is a link"));
    assert_eq!(index.damage, None);
    let at = bytes.len();
    member(&mut bytes, b'S', b"b.jpg", b"1");
    let damage = scan(&Bytes(bytes), &wanted()).damage.unwrap();
    assert!(damage.contains(&format!("at byte {at}: the member 'b.jpg' is a sparse file")), "{damage}");
}

#[test]
fn long_names_come_in_three_ways() {
    let folder = "f".repeat(120);
    let name = format!("{folder}/1.jpg");
    let mut gnu = Vec::new();
    member(&mut gnu, b'L', b"././@LongLink", format!("{name}\0").as_bytes());
    member(&mut gnu, b'0', &name.as_bytes()[..100], b"image");
    let mut pax = Vec::new();
    let line = |key: &str, value: &str| {
        let length = key.len() + value.len() + 3;
        let length = length + (length + 2).to_string().len();
        format!("{length} {key}={value}\n")
    };
    let lines = line("mtime", "1.5") + &line("path", &name) + &line("size", "5");
    member(&mut pax, b'x', b"PaxHeaders/1.jpg", lines.as_bytes());
    pax.extend(block(b'0', b"1.jpg", 0));
    pax.extend(*b"image");
    pax.resize(pax.len().next_multiple_of(BLOCK), 0);
    let mut ustar = Vec::new();
    member(&mut ustar, b'0', b"1.jpg", b"image");
    let mut first: [u8; BLOCK] = ustar[..BLOCK].try_into().unwrap();
    first[345..345 + folder.len()].copy_from_slice(folder.as_bytes());
    sign(&mut first);
    ustar[..BLOCK].copy_from_slice(&first);
    for mut bytes in [gnu, pax, ustar] {
        bytes.resize(bytes.len() + 2 * BLOCK, 0);
        let index = scan(&Bytes(bytes.clone()), &Wanted { label: None, ..wanted() });
        assert_eq!(samples(&bytes, &index), [(name.clone(), b"image".to_vec(), vec![])], "{:?}", index.damage);
    }
}

#[test]
fn numbers_are_octal_or_binary() {
    let mut header = block(b'0', b"a", 0);
    for (field, size) in [
        (*b"00000000017\0", Some(15)),
        (*b"         17 ", Some(15)),
        (*b"777777777777", Some((1 << 36) - 1)),
        (*b"\x80\0\0\0\0\0\0\x01\0\0\0\x02", Some((1 << 32) + 2)),
        (*b"\x80\0\0\0\xff\0\0\0\0\0\0\0", None),
        (*b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", None),
        (*b"0000000008\0\0", None),
    ] {
        header[124..136].copy_from_slice(&field);
        sign(&mut header);
        assert_eq!(parse(&header).ok().map(|Header { size, .. }| size), size, "{field:?}");
    }
    header[0] ^= 1;
    assert_eq!(parse(&header).unwrap_err(), "the checksum is wrong");
}

#[test]
fn what_is_cut_off_is_told_with_its_place() {
    let bytes = archive(&[("a.jpg", b"image"), ("a.cls", b"1"), ("b.jpg", &[1; 600]), ("b.cls", b"2")]);
    for (length, at, what, count) in [
        (0, 0, "it is empty (0 bytes)", 0),
        (100, 0, "it ends within a header", 0),
        (514, 0, "it ends within the member 'a.jpg', which has 5 bytes, of which 2 are there", 0),
        (2 * BLOCK, 1024, "it ends without the end mark", 0),
        (4 * BLOCK + 7, 2048, "it ends within a header", 0),
        (5 * BLOCK + 7, 2048, "it ends within the member 'b.jpg'", 0),
        (7 * BLOCK + 7, 3584, "it ends within a header", 1),
    ] {
        let index = scan(&Bytes(bytes[..length].to_vec()), &wanted());
        let damage = index.damage.unwrap();
        assert!(damage.starts_with(&format!("at byte {at}: ")) && damage.contains(what), "{length}: {damage}");
        assert_eq!(index.offsets.len(), count, "{length}");
    }
    // One block of zeros is an end as well.
    assert_eq!(scan(&Bytes(bytes[..bytes.len() - BLOCK].to_vec()), &wanted()).damage, None);
}

#[test]
fn what_follows_the_end_mark_is_told() {
    let bytes = archive(&[("a.jpg", b"image"), ("a.cls", b"1")]);
    for zeros in [0, 1, 9000] {
        let mut joined = bytes.clone();
        joined.resize(bytes.len() + zeros, 0);
        assert_eq!(scan(&Bytes(joined.clone()), &wanted()).damage, None, "{zeros}");
        joined.extend(&bytes);
        let index = scan(&Bytes(joined), &wanted());
        let damage = index.damage.unwrap();
        assert!(damage.starts_with(&format!("at byte {}: something follows", bytes.len() + zeros)), "{damage}");
        assert_eq!(index.offsets.len(), 1, "{zeros}");
    }
}

#[test]
fn other_files_are_named() {
    for (begin, what) in [
        (&b"\x1f\x8b\x08"[..], "gzip"),
        (b"BZh9", "bzip2"),
        (b"PK\x03\x04", "zip"),
        (b"\x28\xb5\x2f\xfd", "zstd"),
        (&[1; 1024], "is it a tar archive?"),
    ] {
        let damage = scan(&Bytes(begin.to_vec()), &wanted()).damage.unwrap();
        assert!(damage.starts_with("at byte 0: ") && damage.contains(what), "{damage}");
    }
}

#[test]
fn extended_headers_that_are_none_are_refused() {
    for text in ["x", "5", "5 a=b\n", "7 a=b\n", "99999999999999999999 a=b\n", "0 a=b\n", "9 size=-1\n", "-6 a=b\n"] {
        assert_eq!(Pax::parse(text.as_bytes()), None, "{text}");
    }
    assert_eq!(Pax::parse(b"6 a=b\n\0\0").unwrap(), Pax::default());
    assert!(Pax::parse(b"21 GNU.sparse.major=1\n").is_none() && Pax::parse(b"22 GNU.sparse.major=1\n").unwrap().sparse);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    /// Whatever an archive says, it is read to an end, and no range leaves it.
    #[test]
    fn damage_is_never_believed(
        changes in prop::collection::vec((0..6000_usize, any::<u8>()), 0..20),
        cut in 0..7000_usize,
        signed in any::<bool>(),
    ) {
        let mut bytes = archive(&[("a.jpg", b"image"), ("a.cls", b"1"), ("b.jpg", &[1; 600]), ("b.cls", b"2")]);
        member(&mut bytes, b'x', b"pax", b"12 path=a.b\n");
        for (at, value) in changes {
            let at = at % bytes.len();
            bytes[at] = value;
            if signed {
                let start = at / BLOCK * BLOCK;
                let mut header: [u8; BLOCK] = bytes[start..start + BLOCK].try_into().unwrap();
                sign(&mut header);
                bytes[start..start + BLOCK].copy_from_slice(&header);
            }
        }
        bytes.truncate(cut);
        let index = scan(&Bytes(bytes.clone()), &wanted());
        samples(&bytes, &Index { names: vec![b'n'; index.names.len()], ..index });
    }
}

//! Whatever bytes they are given, decoders give as many pixels as they say, or decline. Which pixels, Python's tests ask.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use samebatch_core::source::decode::{Colour, Wanted, decode};

const FILES: [&[u8]; 13] = [
    include_bytes!("files/baseline.jpg"),
    include_bytes!("files/progressive.jpg"),
    include_bytes!("files/cmyk.jpg"),
    include_bytes!("files/grey.jpg"),
    include_bytes!("files/interlaced.png"),
    include_bytes!("files/palette.png"),
    include_bytes!("files/filtered.png"),
    include_bytes!("files/deep.png"),
    include_bytes!("files/lossy.webp"),
    include_bytes!("files/lossless.webp"),
    include_bytes!("files/palette.bmp"),
    include_bytes!("files/colour.bmp"),
    include_bytes!("files/interlaced.gif"),
];
const LARGEST: u64 = 1 << 20;

fn wanted() -> impl Strategy<Value = Wanted> {
    let colour = select(vec![Colour::Rgb, Colour::Rgba, Colour::Grey]);
    let at_least = prop::option::of([0..40_usize, 0..40]);
    (colour, any::<bool>(), at_least).prop_map(|(colour, upright, at_least)| Wanted {
        colour,
        upright,
        at_least,
        largest: LARGEST,
    })
}

/// Decode, check the length, and say whether there were pixels.
fn check(file: &[u8], wanted: &Wanted) -> bool {
    let mut pixels = vec![7; 11];
    let Some([height, width]) = decode(file, wanted, &mut pixels) else {
        assert!(pixels.is_empty());
        return false;
    };
    assert_eq!(pixels.len(), height * width * wanted.colour.channels());
    assert!((height * width) as u64 <= LARGEST);
    assert!(pixels.capacity() as u64 <= 8 * LARGEST);
    true
}

/// PNG's checksums made right, so that what lies behind them is reached.
fn mended(mut file: Vec<u8>) -> Vec<u8> {
    let mut at = 8;
    while let Some(length) = file.get(at..).and_then(|rest| rest.first_chunk()) {
        let end = (at + 8).saturating_add(u32::from_be_bytes(*length) as usize);
        if file.len() < end.saturating_add(4) {
            break;
        }
        let checksum = crc32fast::hash(&file[at + 4..end]).to_be_bytes();
        file[end..end + 4].copy_from_slice(&checksum);
        at = end + 4;
    }
    file
}

#[test]
fn whole_files_are_decoded() {
    for colour in [Colour::Rgb, Colour::Rgba, Colour::Grey] {
        for (place, file) in FILES.iter().enumerate() {
            let wanted = Wanted { colour, upright: true, at_least: None, largest: LARGEST };
            assert!(check(file, &wanted), "file {place}");
        }
    }
}

#[test]
fn size_is_checked_before_memory_is_taken() {
    let mut header = FILES[6].to_vec();
    header[16..24].copy_from_slice(&[0, 0, 0x40, 0, 0, 0, 0x40, 0]);
    let wanted = Wanted { colour: Colour::Rgb, upright: false, at_least: None, largest: LARGEST };
    let mut pixels = Vec::new();
    assert_eq!(decode(&mended(header), &wanted, &mut pixels), None);
    assert_eq!(pixels.capacity(), 0);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(20_000))]

    #[test]
    fn changed_bytes(
        file in select(FILES.to_vec()),
        changes in vec((any::<Index>(), any::<u8>()), 1..6),
        near_the_start in any::<bool>(),
        mend in any::<bool>(),
        wanted in wanted(),
    ) {
        let mut file = file.to_vec();
        let reach = if near_the_start { file.len().min(80) } else { file.len() };
        for (place, byte) in changes {
            file[place.index(reach)] = byte;
        }
        check(&if mend { mended(file) } else { file }, &wanted);
    }

    #[test]
    fn cut_and_shuffled(
        file in select(FILES.to_vec()),
        cuts in [any::<Index>(), any::<Index>(), any::<Index>()],
        drop in any::<bool>(),
        mend in any::<bool>(),
        wanted in wanted(),
    ) {
        let mut cuts = cuts.map(|cut| cut.index(file.len() + 1));
        cuts.sort_unstable();
        let [a, b, c] = cuts;
        let mut changed = file[..a].to_vec();
        changed.extend_from_slice(&file[b..c]);
        if !drop {
            changed.extend_from_slice(&file[a..b]);
            changed.extend_from_slice(&file[c..]);
        }
        check(&if mend && changed.len() > 8 { mended(changed) } else { changed }, &wanted);
    }

    #[test]
    fn any_bytes(
        start in select(vec![&b"\xFF\xD8\xFF"[..], b"\x89PNG\r\n\x1A\n\0\0\0\rIHDR", b"RIFF", b"BM", b"GIF89a"]),
        rest in vec(any::<u8>(), 0..200),
        wanted in wanted(),
    ) {
        check(&mended([start, &rest].concat()), &wanted);
    }
}

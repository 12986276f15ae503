//! Members grouped to samples: those that follow each other and differ only in what stands after the first dot.

use super::Damage;
use super::members::{Kind, Member, Members, shown};
use super::window::{ReadAt, Window};

/// A label longer than this is none.
const LONGEST_LABEL: u64 = 1 << 24;

/// Which members of a sample matter, by what stands after the first dot of their names, in small letters.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// Of images; the first that a sample has is its image.
    pub images: Vec<Vec<u8>>,
    /// Of the label.
    pub label: Option<Vec<u8>>,
}

/// The samples of an archive.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Index {
    /// The names of the images, one after the other.
    pub names: Vec<u8>,
    /// Where each ends.
    pub name_ends: Vec<i64>,
    /// Where each image begins.
    pub offsets: Vec<i64>,
    /// How many bytes it has.
    pub lengths: Vec<i64>,
    /// The labels' content, one after the other; empty if none are wanted.
    pub labels: Vec<u8>,
    /// Where each ends.
    pub label_ends: Vec<i64>,
    /// How many samples have no image, no label, or two of a name.
    pub incomplete: i64,
    /// What the first of those lacks.
    pub lacking: Option<String>,
    /// Where and why the reading ended before the end of the archive.
    pub damage: Option<String>,
}

/// Read an archive through.
pub fn scan(source: &dyn ReadAt, wanted: &Wanted) -> Index {
    let mut index = Index::default();
    if let Err(Damage { at, what }) = fill(&mut index, source, wanted) {
        index.damage = Some(format!("at byte {at}: {what}"));
    }
    index
}

fn fill(index: &mut Index, source: &dyn ReadAt, wanted: &Wanted) -> Result<(), Damage> {
    let mut members = Members::new(Window::new(source));
    let mut group = Group::default();
    loop {
        let next = members.next();
        let Ok(Some(member)) = next else {
            // What was read of the last sample may be all of it; if the archive is damaged, nobody knows.
            if next.is_ok() {
                group.finish(index, wanted);
                members.nothing_follows()?;
            }
            return next.map(|_| ());
        };
        if member.kind == Kind::Other || is_meta(&member.name) {
            continue;
        }
        let Some(dot) = first_dot(&member.name) else { continue };
        if group.members == 0 || member.name[..dot] != group.key {
            group.finish(index, wanted);
            group = Group { key: member.name[..dot].to_vec(), ..Group::default() };
        }
        group.add(member, dot, wanted, &mut members)?;
    }
}

/// The members of one sample.
#[derive(Default)]
struct Group {
    key: Vec<u8>,
    members: usize,
    /// What stands after the dots.
    suffixes: Vec<Vec<u8>>,
    /// The image, and its place among the wanted ones.
    image: Option<(usize, Member)>,
    label: Option<Vec<u8>>,
    wrong: Option<String>,
}

impl Group {
    fn add(&mut self, member: Member, dot: usize, wanted: &Wanted, members: &mut Members<'_>) -> Result<(), Damage> {
        let suffix = member.name[dot + 1..].to_ascii_lowercase();
        self.members += 1;
        let rank = wanted.images.iter().position(|image| *image == suffix);
        let is_label = wanted.label.as_ref() == Some(&suffix);
        if self.suffixes.contains(&suffix) {
            self.wrong.get_or_insert_with(|| format!("it has two members {}", shown(&member.name)));
        } else if member.kind == Kind::Link && (rank.is_some() || is_label) {
            let fix = "write the archive with the files themselves: tar --dereference --hard-dereference";
            self.wrong.get_or_insert_with(|| format!("its member {} is a link; {fix}", shown(&member.name)));
        }
        if is_label && member.kind == Kind::File {
            if member.size > LONGEST_LABEL {
                self.wrong.get_or_insert_with(|| format!("its label has {} bytes", member.size));
            } else {
                self.label = Some(members.window.get(member.offset, member.size as usize)?.to_vec());
            }
        }
        if let Some(rank) = rank
            && self.image.as_ref().is_none_or(|(best, _)| rank < *best)
        {
            self.image = Some((rank, member));
        }
        self.suffixes.push(suffix);
        Ok(())
    }

    fn finish(&mut self, index: &mut Index, wanted: &Wanted) {
        if self.members == 0 {
            return;
        }
        let label = if wanted.label.is_none() { Some(Vec::new()) } else { self.label.take() };
        match (self.wrong.take(), self.image.take(), label) {
            (None, Some((_, image)), Some(label)) => {
                index.names.extend_from_slice(&image.name);
                index.name_ends.push(index.names.len() as i64);
                index.offsets.push(image.offset.cast_signed());
                index.lengths.push(image.size.cast_signed());
                index.labels.extend_from_slice(&label);
                index.label_ends.push(index.labels.len() as i64);
            }
            (wrong, image, _) => {
                index.incomplete += 1;
                let what = wrong.unwrap_or_else(|| self.lacks(image.is_none(), wanted));
                index.lacking.get_or_insert_with(|| format!("the sample {}: {what}", shown(&self.key)));
            }
        }
    }

    fn lacks(&self, image: bool, wanted: &Wanted) -> String {
        let list = |names: &[Vec<u8>]| {
            let names: Vec<_> = names.iter().take(8).map(|name| String::from_utf8_lossy(name)).collect();
            names.join(", ").escape_debug().to_string()
        };
        let label = wanted.label.as_slice();
        let (what, expected) = if image { ("image", &*wanted.images) } else { ("label", label) };
        format!("it has no {what} ({}), only: {}", list(expected), list(&self.suffixes))
    }
}

/// `WebDataset`'s own files: "__name__", and what lies in such folders.
fn is_meta(name: &[u8]) -> bool {
    let first = name.split(|byte| *byte == b'/').next().unwrap_or_default();
    first.len() >= 4 && first.starts_with(b"__") && first.ends_with(b"__")
}

/// The first dot of a name behind its folders; none in names that have none or begin with one.
fn first_dot(name: &[u8]) -> Option<usize> {
    let start = name.iter().rposition(|byte| *byte == b'/').map_or(0, |slash| slash + 1);
    name[start..].iter().position(|byte| *byte == b'.').filter(|dot| *dot > 0).map(|dot| start + dot)
}

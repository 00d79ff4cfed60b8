//! Files that a user names for results: what they may replace, and how.

use std::fmt;
use std::fs::{self, File, FileType};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use tempfile::{Builder, NamedTempFile};

/// The file or stream that a path leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Destination {
    /// A regular file or nothing yet, where all symbolic links end.
    File(PathBuf),
    /// A terminal, a pipe or a file that is open already: written into, never replaced.
    Stream(Kept),
}

/// The reason why a file is not replaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kept {
    /// A directory.
    Directory,
    /// A character device such as `/dev/null`.
    CharacterDevice,
    /// A block device such as a disk.
    BlockDevice,
    /// A named pipe, which has a program at its other end.
    Pipe,
    /// A socket, which has a program at its other end.
    Socket,
    /// A file that is open already, such as `/dev/stdout`.
    Open,
    /// A file whose name ends in `.net`.
    Source,
    /// Weights replace nothing else.
    NoSafetensors,
    /// A log replaces nothing else.
    NoLog,
    /// A log that is a table goes on with its own columns only.
    OtherColumns,
    /// An image replaces nothing else.
    NoPng,
    /// An array replaces nothing else.
    NoNpy,
    /// A volume replaces nothing else.
    NoNifti,
}

impl fmt::Display for Kept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Kept::Directory => "a directory",
            Kept::CharacterDevice => "a character device",
            Kept::BlockDevice => "a block device",
            Kept::Pipe => "a pipe",
            Kept::Socket => "a socket",
            Kept::Open => "an open file of a process",
            Kept::Source => "a `.net` file",
            Kept::NoSafetensors => "not a safetensors file",
            Kept::NoLog => "not a log of Netwright's",
            Kept::OtherColumns => "a log with the columns of other metrics",
            Kept::NoPng => "not a PNG image",
            Kept::NoNpy => "not an array of NumPy",
            Kept::NoNifti => "not a volume of NIfTI",
        })
    }
}

impl Kept {
    /// Returns advice that fixes the error.
    pub(crate) fn help(self) -> &'static str {
        match self {
            Kept::NoSafetensors | Kept::NoLog | Kept::NoPng | Kept::NoNpy | Kept::NoNifti => {
                "name another file, or remove this one first"
            }
            _ => "name another file",
        }
    }
}

/// A file that is not replaced, or an error of the system's.
#[derive(Debug)]
pub enum Refusal {
    /// A file that is there is not replaced.
    Kept(Kept),
    /// An error of the system.
    Io(io::Error),
}

impl From<io::Error> for Refusal {
    fn from(error: io::Error) -> Refusal {
        Refusal::Io(error)
    }
}

/// A kind of file, by its first bytes.
#[derive(Clone, Copy, Debug)]
pub struct Content {
    /// Returns true if a file with these first bytes is of this kind.
    pub is: fn(&[u8]) -> bool,
    /// The reason why a file of another kind is not replaced.
    pub otherwise: Kept,
}

/// Finds out where a path leads.
///
/// # Errors
/// If it leads to a directory or to a disk, or its links go round in a circle.
pub fn destination(file: &Path) -> Result<Destination, Refusal> {
    let path = follow(file)?;
    match fs::metadata(file) {
        Ok(found) if found.is_dir() => Err(Refusal::Kept(Kept::Directory)),
        Ok(found) => match special(found.file_type()) {
            Some(Kept::BlockDevice) => Err(Refusal::Kept(Kept::BlockDevice)),
            Some(special) => Ok(Destination::Stream(special)),
            None if is_open(&path) => Ok(Destination::Stream(Kept::Open)),
            None => Ok(Destination::File(path)),
        },
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Destination::File(path)),
        Err(error) => Err(error.into()),
    }
}

/// Follows symbolic links to a name that is none, whether anything has this name or not.
fn follow(file: &Path) -> io::Result<PathBuf> {
    /// The number of links that Linux follows.
    const LINKS: usize = 40;
    let mut path = file.to_path_buf();
    for _ in 0..LINKS {
        // An open file is found by number: its name may be gone, or another file's by now.
        if is_open(&path) {
            return Ok(path);
        }
        match fs::read_link(&path) {
            Ok(target) => path = folder(&path).join(target),
            Err(_) => return Ok(path),
        }
    }
    Err(io::Error::other("too many symbolic links"))
}

/// Returns true if a path is an entry of the system's tables of processes, such as `/proc/self/fd/1`.
fn is_open(path: &Path) -> bool {
    folder(path).canonicalize().is_ok_and(|folder| folder.starts_with("/proc"))
}

#[cfg(unix)]
fn special(found: FileType) -> Option<Kept> {
    use std::os::unix::fs::FileTypeExt;
    Some(match found {
        _ if found.is_char_device() => Kept::CharacterDevice,
        _ if found.is_block_device() => Kept::BlockDevice,
        _ if found.is_fifo() => Kept::Pipe,
        _ if found.is_socket() => Kept::Socket,
        _ => return None,
    })
}

#[cfg(not(unix))]
fn special(found: FileType) -> Option<Kept> {
    (!found.is_file()).then_some(Kept::CharacterDevice)
}

/// Checks that a file can be made here, and that nothing but a file of the same kind is lost.
///
/// # Errors
/// If not.
pub fn check(file: &Path, content: Content) -> Result<Destination, Refusal> {
    let destination = destination(file)?;
    let Destination::File(path) = &destination else { return Ok(destination) };
    if path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("net")) {
        return Err(Refusal::Kept(Kept::Source));
    }
    match head(path) {
        // An empty file holds nothing that could be lost.
        Ok(head) if head.is_empty() || (content.is)(&head) => {}
        Ok(_) => return Err(Refusal::Kept(content.otherwise)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(error.into()),
    }
    let folder = folder(path);
    if !folder.is_dir() {
        return Err(io::Error::other(format!("there is no folder {}", folder.display())).into());
    }
    builder().tempfile_in(folder)?;
    Ok(destination)
}

/// Returns the beginning of a file.
fn head(file: &Path) -> io::Result<Vec<u8>> {
    let mut head = Vec::new();
    File::open(file)?.take(64).read_to_end(&mut head)?;
    Ok(head)
}

/// Opens what is written piece by piece: a file anew, a stream as it is.
///
/// # Errors
/// If it cannot be opened.
#[cfg(feature = "train")]
pub fn open(file: &Path, destination: &Destination) -> io::Result<Box<dyn Write>> {
    // A second opening of the same file would have a position of its own.
    match file.to_str() {
        Some("/dev/stdout" | "/dev/fd/1" | "/proc/self/fd/1") => return Ok(Box::new(io::stdout())),
        Some("/dev/stderr" | "/dev/fd/2" | "/proc/self/fd/2") => return Ok(Box::new(io::stderr())),
        _ => {}
    }
    Ok(Box::new(match destination {
        Destination::File(path) => File::create(path)?,
        Destination::Stream(_) => File::options().append(true).open(file)?,
    }))
}

/// Treatment of a file that exists already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Existing {
    /// The new file takes its place.
    Replaced,
    /// It stays, and nothing is written.
    Kept,
}

/// Writes beside the file, waits for the disk, and renames; then waits for the folder.
///
/// # Errors
/// If the file cannot be written, or is there and must be kept.
pub fn write(path: &Path, bytes: &[u8], existing: Existing) -> io::Result<()> {
    let folder = folder(path);
    let mut new: NamedTempFile = builder().tempfile_in(folder)?;
    new.write_all(bytes)?;
    new.as_file().sync_all()?;
    let persisted = match existing {
        Existing::Replaced => new.persist(path),
        Existing::Kept => new.persist_noclobber(path),
    };
    persisted.map_err(|error| error.error)?;
    // Not every platform can open a folder; the file itself is safe by now.
    if let Ok(folder) = File::open(folder) {
        let _ = folder.sync_all();
    }
    Ok(())
}

/// Checks that there is space for a file of `bytes` bytes: a training's end is late to learn that there is not.
///
/// # Errors
/// If the file system reports that there is not; not every one can.
pub(crate) fn check_space(path: &Path, bytes: u64) -> io::Result<()> {
    #[cfg(target_os = "linux")]
    {
        use rustix::fs::{FallocateFlags, fallocate};
        use rustix::io::Errno;
        let file = builder().tempfile_in(folder(path))?;
        match fallocate(&file, FallocateFlags::empty(), 0, bytes) {
            Err(error @ (Errno::NOSPC | Errno::DQUOT | Errno::FBIG)) => Err(error.into()),
            _ => Ok(()),
        }
    }
    #[cfg(not(target_os = "linux"))]
    {
        let _ = (path, bytes);
        Ok(())
    }
}

/// Returns one path for all that lead to a file, which need not exist; the path itself if its folder does not.
#[cfg(feature = "train")]
pub fn place(file: &Path) -> PathBuf {
    let name = file.file_name().unwrap_or_default();
    folder(file).canonicalize().map_or_else(|_| file.into(), |folder| folder.join(name))
}

/// Returns the folder that a file is in.
pub fn folder(file: &Path) -> &Path {
    match file.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

/// Makes files that others may read as far as the user lets them; temporary files are private otherwise.
fn builder() -> Builder<'static, 'static> {
    #[allow(unused_mut)]
    let mut builder = Builder::new();
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    builder
}

/// Returns a path as another folder sees it, with `/` between names.
///
/// # Errors
/// If one of them is not there.
#[cfg(feature = "train")]
pub fn relative(path: &Path, from: &Path) -> io::Result<String> {
    let (path, from) = (path.canonicalize()?, from.canonicalize()?);
    let common = path.components().zip(from.components()).take_while(|(a, b)| a == b).count();
    let up = from.components().skip(common).map(|_| "..".into());
    let down = path.components().skip(common).map(|name| name.as_os_str().to_string_lossy());
    Ok(up.chain(down).collect::<Vec<_>>().join("/"))
}

#[cfg(test)]
mod tests;

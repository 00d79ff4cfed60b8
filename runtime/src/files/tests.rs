use super::*;

const TEXT: Content = Content { is: |head| head.starts_with(b"text"), otherwise: Kept::NoLog };

fn kept(file: &Path) -> Option<Kept> {
    match check(file, TEXT) {
        Err(Refusal::Kept(kept)) => Some(kept),
        Err(Refusal::Io(error)) => panic!("{error}"),
        Ok(_) => None,
    }
}

#[test]
fn only_files_of_the_same_kind_are_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| {
        let file = folder.path().join(name);
        fs::write(&file, text).unwrap();
        file
    };
    assert_eq!(kept(&folder.path().join("new")), None);
    assert_eq!(kept(&file("empty", "")), None);
    assert_eq!(kept(&file("same", "text of mine")), None);
    assert_eq!(kept(&file("other", "something of yours")), Some(Kept::NoLog));
    assert_eq!(kept(&file("a.net", "text of mine")), Some(Kept::Source));
    assert_eq!(kept(&folder.path().join("new.NET")), Some(Kept::Source));
    assert_eq!(kept(folder.path()), Some(Kept::Directory));
    assert!(matches!(check(&folder.path().join("none/a"), TEXT), Err(Refusal::Io(_))));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 4, "no file is left by checking");
}

#[cfg(unix)]
#[test]
fn links_stay_links() {
    use std::os::unix::fs::symlink;
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    fs::create_dir(at("inner")).unwrap();
    fs::write(at("inner/old"), "text").unwrap();
    symlink("inner/old", at("link")).unwrap();
    symlink("link", at("second")).unwrap();
    symlink("inner/new", at("dangling")).unwrap();
    symlink("round", at("round")).unwrap();
    for (link, target) in [("second", "inner/old"), ("dangling", "inner/new")] {
        let Destination::File(path) = check(&at(link), TEXT).unwrap() else { panic!("{link} is a file") };
        write(&path, b"text 2", Existing::Replaced).unwrap();
        assert!(at(link).is_symlink());
        assert_eq!(fs::read(at(target)).unwrap(), b"text 2");
        assert!(!at(target).is_symlink());
    }
    assert!(matches!(check(&at("round"), TEXT), Err(Refusal::Io(_))));
    fs::write(at("inner/old"), "yours").unwrap();
    assert_eq!(kept(&at("link")), Some(Kept::NoLog));
}

#[cfg(unix)]
#[test]
fn devices_are_streams() {
    let null = Path::new("/dev/null");
    assert_eq!(destination(null).unwrap(), Destination::Stream(Kept::CharacterDevice));
    let folder = tempfile::tempdir().unwrap();
    let link = folder.path().join("link");
    std::os::unix::fs::symlink(null, &link).unwrap();
    assert_eq!(destination(&link).unwrap(), Destination::Stream(Kept::CharacterDevice));
    let socket = folder.path().join("socket");
    let _listener = std::os::unix::net::UnixListener::bind(&socket).unwrap();
    assert_eq!(destination(&socket).unwrap(), Destination::Stream(Kept::Socket));
    #[cfg(feature = "train")]
    open(null, &destination(null).unwrap()).unwrap().write_all(b"text").unwrap();
}

#[cfg(target_os = "linux")]
#[test]
fn an_open_file_is_a_stream() {
    use std::os::fd::AsRawFd;
    let file = tempfile::NamedTempFile::new().unwrap();
    let path = PathBuf::from(format!("/dev/fd/{}", file.as_file().as_raw_fd()));
    let destination = destination(&path).unwrap();
    assert_eq!(destination, Destination::Stream(Kept::Open));
    #[cfg(feature = "train")]
    {
        open(&path, &destination).unwrap().write_all(b"text").unwrap();
        assert_eq!(fs::read(file.path()).unwrap(), b"text");
    }
}

#[test]
fn a_file_can_be_kept() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a");
    write(&file, b"one", Existing::Kept).unwrap();
    assert_eq!(write(&file, b"two", Existing::Kept).unwrap_err().kind(), io::ErrorKind::AlreadyExists);
    assert_eq!(fs::read(&file).unwrap(), b"one");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[cfg(target_os = "linux")]
#[test]
fn space_is_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    check_space(&folder.path().join("a"), 4096).unwrap();
    // 8 EB fit into no file system, whatever its way of saying so.
    assert!(check_space(&folder.path().join("a"), i64::MAX as u64).is_err());
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[cfg(feature = "train")]
#[test]
fn paths_are_relative() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    fs::create_dir_all(at("nets/deep")).unwrap();
    fs::create_dir_all(at("weights")).unwrap();
    fs::write(at("nets/deep/a.net"), "").unwrap();
    assert_eq!(relative(&at("nets/deep/a.net"), &at("weights")).unwrap(), "../nets/deep/a.net");
    assert_eq!(relative(&at("nets/deep/a.net"), &at("nets/deep")).unwrap(), "a.net");
    assert!(relative(&at("none.net"), &at("nets")).is_err());
}

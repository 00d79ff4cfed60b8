use super::*;
use netwright_compiler::Loader;
use tempfile::TempDir;

const NETWORK: &str = "network Small { input [2] dense(3) softmax loss cross_entropy }\n";

fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let file = folder.path().join(name);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, text).unwrap();
    }
    folder
}

fn run(folder: &TempDir, config: &Config, file: &str) -> Result<String, String> {
    let out = folder.path().join("out");
    fs::create_dir_all(&out).unwrap();
    let compiled = config.clone().out_dir(&out).compile(folder.path().join(file));
    let plain = |text: String| text.replace(&format!("{}/", folder.path().display()), "");
    compiled.map_err(|error| plain(format!("{error:?}")))?;
    let name = Path::new(file).with_extension("rs");
    Ok(fs::read_to_string(out.join(name.file_name().unwrap())).unwrap())
}

#[test]
fn code_is_written_as_modules() {
    let two = format!("{NETWORK}network Other {{ input [4] dense(1) }}\ntrain Small {{ epochs 3 }}\n");
    let folder = folder(&[("two.net", &two)]);
    let code = run(&folder, &Config::default(), "two.net").unwrap();
    assert!(code.contains("pub mod small {") && code.contains("pub mod other {"), "{code}");
    assert_eq!(code.matches("pub struct Trainer").count(), 1, "only one of the networks has a recipe");
    let code = run(&folder, &Config::default().inference_only(), "two.net").unwrap();
    assert_eq!(code.matches("pub struct Trainer").count(), 0);
    assert_eq!(code.matches("pub struct Model").count(), 2);
}

#[test]
fn a_renamed_runtime_is_called_by_its_name() {
    let folder = folder(&[("net.net", NETWORK)]);
    let code = run(&folder, &Config::default().runtime("my-nets"), "net.net").unwrap();
    assert!(code.contains("use ::my_nets::__private::*;") && !code.contains("netwright::"), "{code}");
    for name in ["", "_", "a::b", "4nets"] {
        let error = run(&folder, &Config::default().runtime(name), "net.net").unwrap_err();
        assert!(error.contains("is not the name of a dependency"), "{error}");
    }
}

#[test]
fn errors_are_rendered() {
    let folder = folder(&[("net.net", "network A {\n    input [2]\n    dens(3)\n}\n")]);
    insta::assert_snapshot!(run(&folder, &Config::default(), "net.net").unwrap_err());
}

#[test]
fn missing_files_are_told() {
    let folder = folder(&[("a/net.net", "import \"../b/other.net\"\n")]);
    let mut messages = vec![run(&folder, &Config::default(), "none.net").unwrap_err()];
    messages.push(run(&folder, &Config::default(), "a/net.net").unwrap_err());
    insta::assert_snapshot!(messages.join("\n\n"));
}

#[test]
fn imports_are_relative_and_have_one_name() {
    let folder = folder(&[("a/b/one.net", "1"), ("a/two.net", "2")]);
    let from = folder.path().join("a/b/one.net").display().to_string();
    let (text, name) = Files.load(&from, ".././two.net").unwrap();
    assert_eq!((text.as_str(), name), ("2", folder.path().join("a/two.net").display().to_string()));
    assert!(Files.load(&from, "two.net").unwrap_err().contains("there is no file"));
}

#[test]
fn errors_have_a_kind_and_a_source() {
    use std::error::Error as _;
    let folder = folder(&[("wrong.net", "network A { input [2] dens(3) }"), ("latin.net", "")]);
    fs::write(folder.path().join("latin.net"), b"// gr\xfc\xdfe").unwrap();
    let compile = |file: &str| Config::default().compile(folder.path().join(file)).unwrap_err();
    let error = compile("none.net");
    assert!(matches!(&error, Error::Read { file, .. } if file.ends_with("none.net")));
    assert!(error.source().is_some_and(|source| source.is::<std::io::Error>()));
    let error = compile("latin.net");
    assert!(error.source().is_some_and(|source| source.is::<EncodingError>()), "{error}");
    let Error::Invalid { diagnostics, .. } = compile("wrong.net") else { panic!("the text has an error") };
    assert_eq!(diagnostics.len(), 1);
    fn is_shared<T: Send + Sync + 'static>() {}
    is_shared::<Error>();
}

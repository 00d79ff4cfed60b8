use super::*;
use crate::{
    Augment, Column, Course, Emit, HeldOut, Loss, Metric, Operation, Save, Scaling, Schedule, Source, Table,
};

/// Reads what a value describes, and checks that it is the value.
fn read_back<T: Emit + Read + PartialEq + std::fmt::Debug>(value: T) {
    assert_eq!(T::read(&Term::from(value.emit())), Ok(value));
}

#[test]
fn values_are_read_from_what_they_describe() {
    type Columns = &'static [Column<&'static str>];
    type Files = Source<&'static str, &'static [u32], Columns, Infallible>;
    let label: Columns = &[Column::Named("kind"), Column::At(3), Column::Last];
    let table = Table { path: "a \"b\".csv", label, ..Table::USUAL };
    read_back::<Files>(Source::Csv(table));
    read_back::<Files>(Source::IdxPart { path: "mnist", only: &[3, 1], first: Some(10) });
    read_back(HeldOut::<u32>::Share { share: 0.1, stratified: true });
    read_back(Schedule::<&'static [f64]> {
        warmup: 0.5,
        course: Course::MultiStep { after: &[1.0, 2.5], factor: 0.1 },
    });
    read_back(Loss::<&'static [f64]>::CrossEntropy { logits: true });
    read_back(Scaling::Normalize { mean: -0.1307, std: 1e-9 });
    read_back(Save::USUAL);
    read_back([Metric::TopK(5), Metric::Accuracy].map(Some).as_slice().first().copied().flatten());
    read_back(Augment { operation: Operation::Brightness { amount: 0.3 }, p: f32::MIN_POSITIVE });
    read_back((i32::MIN, u64::MAX).0);
}

#[test]
fn expressions_are_read_as_rust_writes_them() {
    let text = "Recipe { data : Some (Source :: Idx { path : \"a\\\\b\\n\\u{e9}\\\"\" }) , list: &[- 1.5e-3, 2], \
                of: &Joint { outputs: &[(\"y\", &[1])], ..Joint::USUAL, }, none: Metrics::NONE, yes: true }";
    let item = Term::parse(text).unwrap();
    let item = item.item("Recipe").unwrap();
    let source = item.field::<Option<Source<&str, &[u32], &[Column<&str>], Infallible>>>("data");
    assert_eq!(source, Ok(Some(Source::Idx { path: "a\\b\né\"" })));
    assert_eq!(item.field::<&[f32]>("list"), Ok(&[-1.5e-3, 2.0][..]));
    assert_eq!(item.field::<bool>("yes"), Ok(true));
    let Term::Item(joint) = &item.named[2].1 else { panic!("{item:?}") };
    assert!(joint.has_rest);
    assert_eq!(joint.field::<&[(&str, &[usize])]>("outputs"), Ok(&[("y", &[1_usize][..])][..]));
    assert!(matches!(&item.named[3].1, Term::Item(constant) if constant.name == "NONE"));
}

#[test]
fn wrong_expressions_are_errors() {
    let wrong = [
        "",
        "[1",
        "(1, 2",
        "\"a",
        "\"\\q\"",
        "\"\\u{d800}\"",
        "A {",
        "A { b }",
        "A { b: }",
        "A::",
        "A(1",
        "1 2",
        "%",
        "[1;2]",
        "- -",
        "A { .. }",
    ];
    for text in wrong {
        let read = Term::parse(text).and_then(|term| f64::read(&term));
        assert!(read.is_err(), "{text}: {read:?}");
    }
    assert!(Term::parse(&"[".repeat(100_000)).is_err());
    let term = Term::parse("A { rate: \"fast\" }").unwrap();
    let problem = |read: Result<f64, Unread>| read.unwrap_err().to_string();
    let item = term.item("A").unwrap();
    let problems = [problem(item.field("rate")), problem(item.field("epochs")), problem(f64::read(&term))];
    assert_eq!(problems[0], "rate: expected a number (f64), found Text(\"fast\")");
    assert_eq!(problems[1], "`A` has no `epochs`");
    assert!(Save::read(&Term::parse("Sometimes").unwrap()).is_err());
}

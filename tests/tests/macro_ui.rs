//! Output of `network!` for people: errors and warnings at the words they are about.

#[test]
fn errors_stand_at_their_words() {
    let cases = trybuild::TestCases::new();
    cases.compile_fail("ui/fail_*.rs");
    cases.pass("ui/pass_*.rs");
}

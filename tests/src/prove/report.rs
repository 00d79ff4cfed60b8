//! Reports of the findings for people.

use super::{BEHIND_STEPS, CANCELLED, Finding, GROUPS, NEAR, Trial, What, is_random};
use std::collections::BTreeSet;
use std::fmt::Write as _;

/// Returns a row for each group: how many cases, and the worst error of each kind; below, the instruction
/// sets and the worst of all.
pub fn table(trials: &[Trial], findings: &[Finding]) -> String {
    let isas: BTreeSet<&str> = findings.iter().map(|finding| finding.isa.as_str()).collect();
    let isas: Vec<&str> = isas.into_iter().collect();
    let mut text =
        format!("{:<24}{:>6}  {:>12}  {:>12}  {:>12}\n", "", "cases", "outputs", "gradients", "after steps");
    let groups = GROUPS.iter().map(|group| (*group, findings.iter().filter(|f| f.group == *group).collect()));
    let all = std::iter::once(("all", findings.iter().collect()));
    for (group, findings) in groups.chain(all) {
        let findings: Vec<&Finding> = findings;
        let names: BTreeSet<&str> = findings.iter().map(|finding| finding.case.as_str()).collect();
        if names.is_empty() {
            continue;
        }
        let worst = |what: What| {
            let errors = findings.iter().filter(|finding| finding.what == what).map(|finding| finding.error);
            errors.reduce(f64::max).map_or("-".to_string(), |error| format!("{error:.1e}"))
        };
        let [outputs, gradients, trained] = [What::Output, What::Gradient, What::Trained].map(worst);
        let _ =
            writeln!(text, "{group:<24}{:>6}  {outputs:>12}  {gradients:>12}  {trained:>12}", names.len());
    }
    let _ = writeln!(text, "{:<24}{:>6}  {NEAR:>12.0e}  {NEAR:>12.0e}  {BEHIND_STEPS:>12.0e}", "bar", "");
    let _ = writeln!(text, "\ninstruction sets: {}", isas.join(", "));
    let random: Vec<&str> = trials
        .iter()
        .map(|trial| &trial.case)
        .filter(|case| is_random(case))
        .map(|case| case.name.as_str())
        .collect();
    if !random.is_empty() {
        let _ = writeln!(text, "predictions only, because they draw random numbers: {}", random.join(", "));
    }
    for (case, tensor, terms) in CANCELLED {
        if findings.iter().any(|finding| finding.case == case) {
            let _ = writeln!(text, "compared with the magnitudes of its terms, {terms:.2}: {case}: {tensor}");
        }
    }
    let mut worst: Vec<&Finding> = findings.iter().collect();
    worst.sort_by(|a, b| share(b).total_cmp(&share(a)));
    // One line for each number, not for each instruction set.
    let mut named = BTreeSet::new();
    worst.retain(|finding| named.insert((&finding.case, &finding.tensor)));
    text += "\nthe nearest to their bars:\n";
    for finding in worst.into_iter().take(10) {
        let _ = writeln!(text, "    {}", line(finding));
    }
    text
}

/// Returns a line for each finding that misses its bar.
pub fn failures(findings: &[Finding]) -> Vec<String> {
    findings.iter().filter(|finding| share(finding) > 1.0).map(line).collect()
}

fn share(finding: &Finding) -> f64 {
    finding.error / finding.what.bar()
}

fn line(finding: &Finding) -> String {
    let Finding { case, tensor, isa, error, .. } = finding;
    format!("{case}: {tensor} differs by {error:.1e} ({isa})")
}

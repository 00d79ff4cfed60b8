//! The page of all lessons, in Markdown.

use crate::data::TABLES;
use crate::lesson::Lesson;
use crate::net::File;
use crate::{Failure, nets};
use std::fs;

/// The page: forges show a file of this name for its folder.
pub(crate) const PAGE: &str = "README.md";

/// Returns the names and the texts of the page and its pictures.
///
/// # Errors
/// If the text of a network cannot be read.
pub(crate) fn files(lessons: &[Lesson]) -> Result<Vec<(String, String)>, Failure> {
    let mut files = vec![(PAGE.to_string(), page(lessons)?)];
    files.extend(lessons.iter().map(|lesson| (format!("{}.svg", lesson.name), lesson.picture.clone())));
    Ok(files)
}

fn page(lessons: &[Lesson]) -> Result<String, Failure> {
    let mut text = String::from(HEAD);
    for (at, lesson) in lessons.iter().enumerate() {
        text += &format!("{}. [{}](#{})\n", at + 1, lesson.title, anchor(at, lesson.title));
    }
    for (at, lesson) in lessons.iter().enumerate() {
        let Lesson { name, net, title, topic, command, alt, sentences, .. } = lesson;
        let source = fs::read_to_string(nets().join(net))?;
        text += &format!(
            "\n## {}. {title}\n\n![{alt}]({name}.svg)\n\n{}\n\n<details><summary><code>{net}</code></summary>\n\n```text\n{}\n```\n\n</details>\n\n\
             Try it: `{command}`. {} Topic in the article: {topic}.\n",
            at + 1,
            sentences.join(" "),
            source.trim_end(),
            seeds(lesson, &source)?,
        );
    }
    Ok(text)
}

/// Says which seeds a lesson's random numbers have.
fn seeds(lesson: &Lesson, source: &str) -> Result<String, Failure> {
    let seeds = File::read(lesson.net)?.seeds();
    let trainings = seeds.iter().map(|seed| format!("Seed of the training: {seed}."));
    let tables = TABLES.iter().filter(|table| source.contains(table.name));
    let tables = tables.map(|table| format!("Seed of `{}`: {}.", table.name, table.seed));
    let all: Vec<String> = trainings.chain(tables).collect();
    Ok(if all.is_empty() { "Nothing is drawn at random.".into() } else { all.join(" ") })
}

const HEAD: &str = "# A course in pictures\n\n\
Each lesson is a network of a few lines, a picture and three sentences. The networks are in [examples/lessons/nets](../../examples/lessons/nets) with their data; the commands below run in that folder.\n\n\
`cargo run -p example-lessons` runs all lessons and writes this page, so that every number is one of the run that drew the picture. The tests repeat the runs, and compare texts, numbers and pictures.\n\n\
The [reference interpreter](../../ARCHITECTURE.md) runs the networks: it computes each layer by its definition, in 64 bits. First weights, batches and augmentation are those of `netwright train`, which computes in 32 bits:\n\
it ends at the same numbers but for rounding, which long trainings amplify. Only dropout draws other numbers here.\n\n\
The topics follow L. Lloret Iglesias and others, [*A primer on deep learning and convolutional neural networks for clinicians*](https://doi.org/10.1186/s13244-021-01052-z), Insights into Imaging 12:117 (2021). Each lesson names\n\
the topic that it grew from. No figure is copied.\n\n";

/// Returns the anchor that forges give to a heading.
fn anchor(at: usize, title: &str) -> String {
    let lower = format!("{} {title}", at + 1).to_lowercase();
    let kept = lower.chars().filter(|letter| letter.is_alphanumeric() || matches!(letter, ' ' | '-'));
    kept.map(|letter| if letter == ' ' { '-' } else { letter }).collect()
}

//! The section with the network drawn.

use super::Training;
use super::page::{Page, escaped};
use crate::error::Error;
use crate::picture;
use netwright_compiler::drawing::{Drawing, Theme, svg};

pub(super) fn write(training: &Training<'_>, page: &mut Page) -> Result<(), Error> {
    let drawing = Drawing::new(&training.model.graph);
    let mut html = format!("<p>{}</p>\n", escaped(&drawing.summary));
    match drawing.scene() {
        Some(scene) => {
            let alt = format!("{}: layers from the input at the top to the output", drawing.title);
            html += &page.svg("network.svg", &svg(&scene), &alt, "drawing");
            if let Ok(png) = picture::png(&scene, Theme::Light) {
                page.keep("network.png", png);
            }
        }
        None => {
            html += &format!(
                "<p>It has {} boxes, too many for a picture: <code>netwright graph --format dot</code> writes them for other programs.</p>\n",
                drawing.cards.len()
            );
        }
    }
    page.section("network", "The network", &html);
    Ok(())
}

//! Ways in which scans and volumes are seen, which go with a network that was trained with them.

use crate::recipe::{Dicom, Fit, Nifti, Plane};

/// The way from a scan's intensities to a network's input.
#[derive(Clone, Debug, PartialEq)]
pub struct Scans {
    /// The center and width of the window; each file's own if `None`.
    pub window: Option<[f64; 2]>,
    /// The way to the network's size.
    pub fit: Fit,
    /// The intensity around padded scans.
    pub background: f64,
}

/// The way from a volume to a network's input.
#[derive(Clone, Debug, PartialEq)]
pub struct Volumes {
    /// The plane of the slices that volumes are cut into; `None` if they stay whole.
    pub slices: Option<Plane>,
    /// The distance of voxels in millimetres that volumes are resampled to; 0 if they stay as they are.
    pub spacing: f64,
    /// The way to the network's size.
    pub fit: Fit,
    /// The intensity around padded volumes.
    pub background: f64,
}

impl From<&Dicom> for Scans {
    fn from(source: &Dicom) -> Scans {
        let window = source.center.zip(source.width).map(|(center, width)| [center, width]);
        Scans { window, fit: source.fit, background: source.background }
    }
}

impl From<&Nifti> for Volumes {
    fn from(source: &Nifti) -> Volumes {
        let Nifti { slices, spacing, fit, background, .. } = *source;
        Volumes { slices, spacing, fit, background }
    }
}

impl Scans {
    /// Returns lines of text that [`from_lines`](Scans::from_lines) reads.
    pub(super) fn lines(&self) -> Vec<String> {
        let window = self.window.map(|[center, width]| format!("window {center} {width}"));
        window.into_iter().chain(common(self.fit, self.background)).collect()
    }

    /// Reads the lines of [`lines`](Scans::lines); `None` if they are others.
    pub(super) fn from_lines(lines: &[String]) -> Option<Scans> {
        let mut scans = Scans::from(&Dicom::USUAL);
        for line in lines {
            match &words(line)[..] {
                ["window", center, width] => {
                    scans.window = Some([number(center)?, number(width).filter(|&width| width >= 1.0)?]);
                }
                line => read_common(line, &mut scans.fit, &mut scans.background)?,
            }
        }
        Some(scans)
    }
}

impl Volumes {
    /// Returns lines of text that [`from_lines`](Volumes::from_lines) reads.
    pub(super) fn lines(&self) -> Vec<String> {
        let plane = Plane::NAMED.iter().find(|(_, plane)| Some(*plane) == self.slices);
        let slices = plane.map(|(name, _)| format!("slices {name}"));
        let spacing = (self.spacing > 0.0).then(|| format!("spacing {}", self.spacing));
        slices.into_iter().chain(spacing).chain(common(self.fit, self.background)).collect()
    }

    /// Reads the lines of [`lines`](Volumes::lines); `None` if they are others.
    pub(super) fn from_lines(lines: &[String]) -> Option<Volumes> {
        let mut volumes = Volumes::from(&Nifti::USUAL);
        for line in lines {
            match &words(line)[..] {
                ["slices", name] => volumes.slices = Some(named(&Plane::NAMED, name)?),
                ["spacing", spacing] => {
                    volumes.spacing = number(spacing).filter(|&spacing| spacing > 0.0)?;
                }
                line => read_common(line, &mut volumes.fit, &mut volumes.background)?,
            }
        }
        Some(volumes)
    }
}

fn common(fit: Fit, background: f64) -> [String; 2] {
    let name = Fit::NAMED.iter().find(|(_, named)| *named == fit).map_or("", |(name, _)| name);
    [format!("fit {name}"), format!("background {background}")]
}

fn read_common(line: &[&str], fit: &mut Fit, background: &mut f64) -> Option<()> {
    match line {
        ["fit", name] => *fit = named(&Fit::NAMED, name)?,
        ["background", intensity] => *background = number(intensity)?,
        _ => return None,
    }
    Some(())
}

fn words(line: &str) -> Vec<&str> {
    line.split(' ').collect()
}

fn number(text: &str) -> Option<f64> {
    text.parse().ok().filter(|number: &f64| number.is_finite())
}

fn named<T: Copy>(names: &[(&str, T)], name: &str) -> Option<T> {
    names.iter().find(|(known, _)| *known == name).map(|(_, value)| *value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_read_back() {
        for window in [None, Some([-37.5, 1e-3 + 400.0])] {
            let scans = Scans { window, fit: Fit::Pad, background: 0.1 };
            assert_eq!(Scans::from_lines(&scans.lines()), Some(scans));
        }
        for (slices, spacing) in [(None, 0.0), (Some(Plane::Coronal), 0.7)] {
            let volumes = Volumes { slices, spacing, fit: Fit::Crop, background: -1000.0 };
            assert_eq!(Volumes::from_lines(&volumes.lines()), Some(volumes));
        }
        for line in ["window 1", "window 1 0", "fit best", "background NaN", "colour 3", ""] {
            assert_eq!(Scans::from_lines(&[line.into()]), None, "{line}");
        }
        for line in ["slices oblique", "spacing 0", "spacing -1", "window 1 2"] {
            assert_eq!(Volumes::from_lines(&[line.into()]), None, "{line}");
        }
    }
}

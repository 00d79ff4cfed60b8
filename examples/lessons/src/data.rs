//! Points that the lessons learn from. They lie as tables beside the networks, for the command to read.

use fastrand::Rng;
use std::f64::consts::PI;

/// A table of points.
pub(crate) struct Points {
    /// The file's name in `nets/`.
    pub(crate) name: &'static str,
    /// The seed of its random numbers.
    pub(crate) seed: u64,
    draw: fn(&mut Rng) -> String,
}

impl Points {
    /// Returns the table as CSV.
    pub(crate) fn text(&self) -> String {
        (self.draw)(&mut Rng::with_seed(self.seed))
    }
}

/// All tables.
pub(crate) const TABLES: [Points; 6] = [
    Points { name: "clouds.csv", seed: 2, draw: clouds },
    Points { name: "line.csv", seed: 3, draw: line },
    Points { name: "moons.csv", seed: 7, draw: moons },
    Points { name: "spirals.csv", seed: 4, draw: spirals },
    Points { name: "turned.csv", seed: 6, draw: turned },
    Points { name: "valley.csv", seed: 5, draw: valley },
];

/// A normal number by the method of Box and Muller.
fn normal(random: &mut Rng) -> f64 {
    let (radius, angle) = ((-2.0 * (1.0 - random.f64()).ln()).sqrt(), 2.0 * PI * random.f64());
    radius * angle.cos()
}

/// Two round clouds of forty points each, which a line divides but for some.
fn clouds(random: &mut Rng) -> String {
    let mut text = String::from("x,y,label\n");
    for at in 0..80 {
        let (label, sign) = if at % 2 == 0 { (0, -1.0) } else { (1, 1.0) };
        let [x, y] = [0.9, 0.6].map(|middle| sign * middle + 0.75 * normal(random));
        text += &format!("{x:.3},{y:.3},{label}\n");
    }
    text
}

/// Forty points about the line of slope 1.5.
fn line(random: &mut Rng) -> String {
    let mut text = String::from("x,y\n");
    for at in 0..40 {
        let x = f64::from(at) / 19.5 - 1.0;
        text += &format!("{x:.3},{:.3}\n", 1.5 * x + 0.3 * normal(random));
    }
    text
}

/// Two half moons that lie in each other, with some wrong labels.
fn moons(random: &mut Rng) -> String {
    let mut text = String::from("x,y,label\n");
    for at in 0..300 {
        let (upper, angle) = (at % 2 == 0, PI * random.f64());
        let (x, y) = match upper {
            true => (angle.cos() - 0.5, angle.sin() - 0.25),
            false => (0.5 - angle.cos(), 0.25 - angle.sin()),
        };
        let [x, y] = [x, y].map(|middle| middle + 0.22 * normal(random));
        let label = u8::from(upper) ^ u8::from(random.f64() < 0.08);
        text += &format!("{x:.3},{y:.3},{label}\n");
    }
    text
}

/// Two spirals of a hundred points each, around each other.
fn spirals(random: &mut Rng) -> String {
    turned_spirals(random, 0.0)
}

/// The spirals turned by seventy degrees.
fn turned(random: &mut Rng) -> String {
    turned_spirals(random, PI * 7.0 / 18.0)
}

fn turned_spirals(random: &mut Rng, turn: f64) -> String {
    let mut text = String::from("x,y,label\n");
    for at in 0..200 {
        let (label, part) = (at % 2, f64::from(at / 2) / 99.0);
        let (radius, angle) = (0.1 + 0.9 * part, 2.7 * PI * part + PI * f64::from(label) + turn);
        let [x, y] = [angle.cos(), angle.sin()].map(|along| radius * along + 0.02 * normal(random));
        text += &format!("{x:.3},{y:.3},{label}\n");
    }
    text
}

/// Forty samples of two inputs, the second of which is small.
fn valley(random: &mut Rng) -> String {
    let mut text = String::from("a,b,y\n");
    for _ in 0..40 {
        let (a, b) = (2.3 * normal(random), 0.35 * normal(random));
        text += &format!("{a:.3},{b:.3},{:.3}\n", a + 2.0 * b);
    }
    text
}

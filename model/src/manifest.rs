//! The origin of weights, as their file tells it, so that their training can be repeated and compared.

/// The origin of weights: everything that decides their bits, and the machine that they were computed on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Manifest {
    /// The version of Netwright.
    pub version: String,
    /// The processor's architecture and the operating system: `x86_64 linux`.
    pub platform: String,
    /// The instruction set that the kernels ran with.
    pub instructions: String,
    /// The name and the text of the `.net` file, then those of the files that it imports, by their paths from its folder. There is none
    /// for weights of a program of one's own.
    pub texts: Vec<(String, String)>,
    /// The settings of the command line in place of the text's: `lr=1e-3`.
    pub set: Vec<String>,
    /// The number of epochs.
    pub epochs: usize,
    /// The seed.
    pub seed: u64,
    /// The number of samples that the training was limited to, if it was.
    pub limit: Option<usize>,
    /// The number of the fold, counted from 1, and of all folds, for one of several trainings.
    pub fold: Option<(usize, usize)>,
    /// The samples to train with.
    pub training: Fingerprinted,
    /// The samples held out.
    pub held_out: Fingerprinted,
    /// The hash of the parameters before the first step: random, or from another weights file.
    pub start: u64,
    /// The reason why no training at once gives these weights, if there is one.
    pub obstacle: Option<String>,
}

/// Samples in their order: their number, and a hash of their fingerprints.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Fingerprinted {
    /// The number of samples.
    pub count: usize,
    /// The hash.
    pub hash: u64,
}

impl Manifest {
    /// Returns the manifest as lines, each of a key and a value; the value may have lines of its own.
    pub fn lines(&self) -> Vec<(&'static str, String)> {
        let samples = |Fingerprinted { count, hash }: Fingerprinted| format!("{count} {hash:016x}");
        let mut lines = vec![
            ("version", self.version.clone()),
            ("platform", self.platform.clone()),
            ("instructions", self.instructions.clone()),
        ];
        // A name on several lines would end at the first.
        let text = |(name, text): &(String, String)| ("text", format!("{}\n{text}", name.replace('\n', " ")));
        lines.extend(self.texts.iter().map(text));
        lines.extend(self.set.iter().map(|set| ("set", set.clone())));
        lines.push(("epochs", self.epochs.to_string()));
        lines.push(("seed", self.seed.to_string()));
        lines.extend(self.limit.map(|limit| ("limit", limit.to_string())));
        lines.extend(self.fold.map(|(fold, count)| ("fold", format!("{fold} {count}"))));
        lines.push(("training", samples(self.training)));
        lines.push(("held out", samples(self.held_out)));
        lines.push(("start", format!("{:016x}", self.start)));
        lines.extend(self.obstacle.iter().map(|obstacle| ("obstacle", obstacle.clone())));
        lines
    }

    /// Adds what a line of [`lines`](Manifest::lines) says; `None` if it is none of these.
    pub fn add(&mut self, key: &str, value: &str) -> Option<()> {
        let samples = || {
            let (count, hash) = value.split_once(' ')?;
            Some(Fingerprinted { count: count.parse().ok()?, hash: hexadecimal(hash)? })
        };
        match key {
            "version" => self.version = value.into(),
            "platform" => self.platform = value.into(),
            "instructions" => self.instructions = value.into(),
            "text" => {
                let (name, text) = value.split_once('\n')?;
                self.texts.push((name.into(), text.into()));
            }
            "set" => self.set.push(value.into()),
            "epochs" => self.epochs = value.parse().ok()?,
            "seed" => self.seed = value.parse().ok()?,
            "limit" => self.limit = Some(value.parse().ok()?),
            "fold" => {
                let (fold, count) = value.split_once(' ')?;
                self.fold = Some((fold.parse().ok()?, count.parse().ok()?));
            }
            "training" => self.training = samples()?,
            "held out" => self.held_out = samples()?,
            "start" => self.start = hexadecimal(value)?,
            "obstacle" => self.obstacle = Some(value.into()),
            _ => return None,
        }
        Some(())
    }
}

/// Reads a hash of 16 digits.
pub fn hexadecimal(text: &str) -> Option<u64> {
    u64::from_str_radix(text, 16).ok().filter(|_| text.len() == 16 && !text.starts_with('+'))
}

/// Returns a text on one line.
pub fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('\n', "\\n")
}

/// Returns the text that was [`escaped`]; `None` if it is not such a text.
pub fn unescaped(text: &str) -> Option<String> {
    let mut result = String::with_capacity(text.len());
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        result.push(match (letter, letter == '\\') {
            (letter, false) => letter,
            (_, true) => match letters.next()? {
                '\\' => '\\',
                'n' => '\n',
                _ => return None,
            },
        });
    }
    Some(result)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let whole = Manifest {
            version: "0.1.0".into(),
            platform: "x86_64 linux".into(),
            instructions: "AVX2".into(),
            texts: vec![("a.net".into(), "network A {\n}\n".into()), ("b/c.net".into(), String::new())],
            set: vec!["lr=1e-3".into(), "data=csv(\"a\\nb.csv\")".into()],
            epochs: 7,
            seed: u64::MAX,
            limit: Some(10),
            fold: Some((2, 5)),
            training: Fingerprinted { count: 100, hash: 1 },
            held_out: Fingerprinted { count: 20, hash: u64::MAX },
            start: 5,
            obstacle: Some("it went on".into()),
        };
        for manifest in [whole, Manifest::default()] {
            let mut read = Manifest::default();
            for (key, value) in manifest.lines() {
                let line = escaped(&format!("{key}: {value}"));
                assert!(!line.contains('\n'));
                let line = unescaped(&line).unwrap();
                let (key, value) = line.split_once(": ").unwrap();
                read.add(key, value).unwrap();
            }
            assert_eq!(read, manifest);
        }
    }

    #[test]
    fn other_lines_are_refused() {
        let lines = [
            ("epoch", "1"),
            ("epochs", "-1"),
            ("seed", ""),
            ("fold", "1"),
            ("fold", "1 x"),
            ("training", "1 12"),
            ("held out", "x 0000000000000000"),
            ("start", "+00000000000000f"),
            ("text", "name"),
        ];
        for (key, value) in lines {
            assert_eq!(Manifest::default().add(key, value), None, "{key}: {value}");
        }
        assert_eq!(unescaped("a\\b"), None);
        assert_eq!(unescaped("a\\"), None);
    }
}

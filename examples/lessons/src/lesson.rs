//! A lesson.

/// A network, its picture, and three sentences about it.
#[derive(Clone, Debug)]
pub(crate) struct Lesson {
    /// The name of the picture.
    pub(crate) name: &'static str,
    /// The network's file in `nets/`.
    pub(crate) net: &'static str,
    pub(crate) title: &'static str,
    /// The topic of Iglesias et al. (2021) that the lesson grew from.
    pub(crate) topic: &'static str,
    /// A command that repeats the run, or shows more; in the folder of the networks.
    pub(crate) command: &'static str,
    /// The picture as SVG.
    pub(crate) picture: String,
    /// The picture for those who do not see it.
    pub(crate) alt: &'static str,
    /// The things to see, each with numbers of the run.
    pub(crate) sentences: [String; 3],
}

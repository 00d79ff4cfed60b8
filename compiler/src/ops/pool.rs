//! Pooling.

/// `max_pool(KxK, stride=K, pad=0)`: [torch.nn.MaxPool2d](https://docs.pytorch.org/docs/stable/generated/torch.nn.MaxPool2d.html).
#[derive(Clone, Debug, PartialEq)]
pub struct MaxPool {
    /// Height and width.
    pub window: [usize; 2],
    /// Steps of the window.
    pub stride: [usize; 2],
    /// Minus infinities around the image.
    pub pad: [usize; 2],
}

/// `avg_pool(KxK, stride=K, pad=0, count_pad=true)`: [torch.nn.AvgPool2d](https://docs.pytorch.org/docs/stable/generated/torch.nn.AvgPool2d.html).
#[derive(Clone, Debug, PartialEq)]
pub struct AvgPool {
    /// Height and width.
    pub window: [usize; 2],
    /// Steps of the window.
    pub stride: [usize; 2],
    /// Zeros around the image.
    pub pad: [usize; 2],
    /// Whether those zeros count in the mean.
    pub count_pad: bool,
}

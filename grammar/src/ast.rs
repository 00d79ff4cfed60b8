//! The syntax tree: what was written, with places, and nothing of what it means.

use crate::span::{Span, Spanned};

/// A name.
pub type Ident = Spanned<String>;

/// One source text.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct File {
    /// The items, in the order of the text.
    pub items: Vec<Item>,
}

/// An item at the top level of a file.
#[derive(Clone, Debug, PartialEq)]
pub enum Item {
    /// `import "blocks.net"`
    Import(Import),
    /// `block residual(channels, stride=1) { ... }`
    Block(Block),
    /// `network LeNet5 { ... }`
    Network(Network),
    /// `train LeNet5 { ... }`
    Train(Train),
    /// `allow softmax-of-one, unused-name`
    Allow(Allow),
    /// An item that could not be read, perhaps a block or a network; a diagnostic describes the error.
    Error(Span),
}

/// A list of lints that are silent in its file; that of the compiled text silences them in imported files,
/// too.
#[derive(Clone, Debug, PartialEq)]
pub struct Allow {
    /// Names of lints.
    pub lints: Vec<Ident>,
    /// The whole statement.
    pub span: Span,
}

/// An import, which makes the blocks and networks of another file known.
#[derive(Clone, Debug, PartialEq)]
pub struct Import {
    /// The file's path, relative to the folder of the importing file.
    pub path: Spanned<String>,
    /// The whole statement.
    pub span: Span,
}

/// A part of a network that can be used many times.
#[derive(Clone, Debug, PartialEq)]
pub struct Block {
    /// The name by which layers call the block.
    pub name: Ident,
    /// The parameters that a use can set.
    pub params: Vec<BlockParam>,
    /// The statements that a use is replaced with.
    pub body: Vec<Stmt>,
    /// The text from `block` to the closing brace.
    pub span: Span,
}

/// `stride=1` in the head of a block.
#[derive(Clone, Debug, PartialEq)]
pub struct BlockParam {
    /// The parameter's name in the body.
    pub name: Ident,
    /// The value when a use leaves the parameter out; required if `None`.
    pub default: Option<Expr>,
}

/// A network.
#[derive(Clone, Debug, PartialEq)]
pub struct Network {
    /// The name of the generated module and type.
    pub name: Ident,
    /// Inputs, layers, outputs and losses.
    pub body: Vec<Stmt>,
    /// The text from `network` to the closing brace.
    pub span: Span,
}

/// One statement in the body of a network or block.
#[derive(Clone, Debug, PartialEq)]
pub enum Stmt {
    /// `input [1, 28, 28]`, `input image [1, 28, 28]`
    Input {
        /// The input's name, when there are several.
        name: Option<Ident>,
        /// A list of sizes, channels first.
        shape: Expr,
        /// The whole statement.
        span: Span,
    },
    /// `stem: conv(16, 3x3)`, `relu as skip`: a layer or a use of a block.
    Layer {
        /// The label by which `freeze` and parameter names refer to the layer.
        label: Option<Ident>,
        /// The layer or block that is applied to the current value.
        call: Call,
        /// The names given to the resulting values: to one, or to the parts of a `split`.
        aliases: Vec<Ident>,
    },
    /// `stem: { conv(16, 3x3) batch_norm relu } as skip`: several statements under one label.
    Group {
        /// The label by which `freeze` and parameter names refer to the group.
        label: Option<Ident>,
        /// The statements.
        body: Vec<Stmt>,
        /// The name given to the resulting value.
        alias: Option<Ident>,
        /// The whole statement.
        span: Span,
    },
    /// `branch { {...} {...} } add as skip`: each arm starts from the current value; the join makes one value of their results.
    Branch {
        /// The label by which `freeze` and parameter names refer to the branch.
        label: Option<Ident>,
        /// The arms, at least one; an empty arm passes the value on.
        arms: Vec<Arm>,
        /// `add` or `concat`.
        join: Call,
        /// The name given to the resulting value.
        alias: Option<Ident>,
        /// The whole statement.
        span: Span,
    },
    /// `repeat 3 { ... }`
    Repeat {
        /// The number of repetitions, a whole number.
        count: Expr,
        /// The statements that are repeated.
        body: Vec<Stmt>,
        /// The whole statement.
        span: Span,
    },
    /// `if stride > 1 { ... } else { ... }`
    If {
        /// The condition, which is known when the network is compiled.
        condition: Expr,
        /// The statements that are used if the condition holds.
        then: Vec<Stmt>,
        /// The statements that are used if the condition does not hold.
        otherwise: Vec<Stmt>,
        /// The whole statement.
        span: Span,
    },
    /// `choose { dense(64) relu } { dense(32) tanh }`: ways of which a search takes one.
    Choose {
        /// The ways, at least one.
        arms: Vec<Arm>,
        /// The whole statement.
        span: Span,
    },
    /// `from skip`: goes on from a named value; `from input` from the input without a name.
    From {
        /// The value's name, given by `as`.
        name: Ident,
        /// The whole statement.
        span: Span,
    },
    /// `output mask`: a named value is a result of the network; without any, the last value is.
    Output {
        /// The value's name, given by `as`.
        name: Ident,
        /// True for `output early training only`: the value is there for its loss, and predictions are made without it.
        training_only: bool,
        /// The whole statement.
        span: Span,
    },
    /// `loss cross_entropy`, `loss mse(on=mask)`
    Loss {
        /// The loss and its options.
        call: Call,
        /// The whole statement.
        span: Span,
    },
    /// A statement that could not be read; a diagnostic describes the error.
    Error(Span),
}

/// One arm of a branch.
#[derive(Clone, Debug, PartialEq)]
pub struct Arm {
    /// The label by which `freeze` and parameter names refer to the arm.
    pub label: Option<Ident>,
    /// The statements.
    pub body: Vec<Stmt>,
    /// The whole arm with its braces.
    pub span: Span,
}

/// `conv(16, 3x3, pad=1)`, or `relu` without parentheses.
#[derive(Clone, Debug, PartialEq)]
pub struct Call {
    /// The name of the layer, block, loss or option that is called.
    pub name: Ident,
    /// The arguments, in the order of the text.
    pub args: Vec<Arg>,
    /// The part of the arguments that could not be read; a diagnostic describes the error. Other arguments
    /// may be missing from `args`.
    pub unread: Option<Span>,
    /// The text from the name to the closing parenthesis.
    pub span: Span,
}

/// `3x3` or `pad=1`.
#[derive(Clone, Debug, PartialEq)]
pub struct Arg {
    /// The name of a named argument; `None` for a positional one.
    pub name: Option<Ident>,
    /// The argument's value.
    pub value: Expr,
    /// The place of name and value.
    pub span: Span,
}

/// A training recipe: `train LeNet5 { ... }`.
#[derive(Clone, Debug, PartialEq)]
pub struct Train {
    /// The network that the recipe trains.
    pub network: Ident,
    /// The name of the trained network, if it has one of its own: `train LeNet as small_rate`.
    pub name: Option<Ident>,
    /// The settings, in the order of the text.
    pub settings: Vec<Setting>,
    /// The parts before or between the settings that could not be read; diagnostics describe the errors.
    pub unread: Vec<Span>,
    /// The text from `train` to the closing brace.
    pub span: Span,
}

impl Train {
    /// Returns the name of the trained network.
    pub fn trained(&self) -> &Ident {
        self.name.as_ref().unwrap_or(&self.network)
    }
}

/// `data idx("mnist") normalize(mean=0.1307, std=0.3081)`: a key and the values after it.
#[derive(Clone, Debug, PartialEq)]
pub struct Setting {
    /// The setting's key, such as `data` or `epochs`.
    pub key: Ident,
    /// Calls, names, numbers and texts.
    pub values: Vec<Expr>,
    /// The part after the values that could not be read; a diagnostic describes the error.
    pub unread: Option<Span>,
    /// The place of key and values.
    pub span: Span,
}

impl Setting {
    /// Returns true if no part of the setting was unreadable.
    pub fn is_whole(&self) -> bool {
        self.unread.is_none() && self.values.iter().all(|value| value.node.is_whole())
    }
}

/// An expression.
pub type Expr = Spanned<ExprKind>;

/// The kinds of expressions; each is evaluated when the network is compiled.
#[derive(Clone, Debug, PartialEq)]
pub enum ExprKind {
    /// `12`
    Int(i64),
    /// `0.1307`, `1e-3`
    Float(f64),
    /// `10%`, `10deg`, `2px`
    Quantity(f64, Unit),
    /// `5x5`, `3x3x3`
    Dims(Vec<u32>),
    /// `"data/mnist"`
    Text(String),
    /// `true`
    Bool(bool),
    /// `channels`, `same`
    Name(String),
    /// `[1, 28, 28]`
    List(Vec<Expr>),
    /// `cosine(warmup=1)`
    Call(Call),
    /// `-x`, `not x`
    Unary(UnaryOp, Box<Expr>),
    /// `channels * 2`
    Binary(Spanned<BinaryOp>, Box<Expr>, Box<Expr>),
    /// `log(1e-4, 1e-1)` after `in`: values of which a search takes one. It is the whole value of an argument or a setting.
    Range(Box<Expr>),
    /// An expression that could not be read; a diagnostic describes the error.
    Error,
}

impl ExprKind {
    /// Returns true if no part of the expression was unreadable.
    pub fn is_whole(&self) -> bool {
        match self {
            ExprKind::Error => false,
            ExprKind::List(items) => items.iter().all(|item| item.node.is_whole()),
            ExprKind::Call(call) => {
                call.unread.is_none() && call.args.iter().all(|arg| arg.value.node.is_whole())
            }
            ExprKind::Unary(_, operand) | ExprKind::Range(operand) => operand.node.is_whole(),
            ExprKind::Binary(_, left, right) => left.node.is_whole() && right.node.is_whole(),
            ExprKind::Int(_)
            | ExprKind::Float(_)
            | ExprKind::Quantity(..)
            | ExprKind::Dims(_)
            | ExprKind::Text(_)
            | ExprKind::Bool(_)
            | ExprKind::Name(_) => true,
        }
    }
}

/// The unit of a quantity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// `%`
    Percent,
    /// `deg`
    Degrees,
    /// `px`
    Pixels,
    /// `KB`: 1,024 bytes
    Kilobytes,
    /// `MB`: 1,024 KB
    Megabytes,
    /// `GB`: 1,024 MB
    Gigabytes,
}

impl Unit {
    /// Returns the unit as the text has it.
    pub fn text(self) -> &'static str {
        match self {
            Unit::Percent => "%",
            Unit::Degrees => "deg",
            Unit::Pixels => "px",
            Unit::Kilobytes => "KB",
            Unit::Megabytes => "MB",
            Unit::Gigabytes => "GB",
        }
    }
}

/// `-` or `not`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnaryOp {
    /// `-`
    Negate,
    /// `not`
    Not,
}

/// Arithmetic and comparison; `*` and `/` bind closest, then `+` and `-`, comparisons, `and`, `or`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BinaryOp {
    /// `+`
    Add,
    /// `-`
    Subtract,
    /// `*`
    Multiply,
    /// `/`
    Divide,
    /// `==`
    Equal,
    /// `!=`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterEqual,
    /// `and`
    And,
    /// `or`
    Or,
}

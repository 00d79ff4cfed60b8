//! A parser of the expressions that generated code has for the values of recipes.

use super::{Item, Term, Unread};
use std::iter::Peekable;
use std::str::Chars;

/// Deeper nesting than this is an error; recipes have less than ten levels.
const DEEPEST: usize = 64;

pub(super) fn parse(text: &str) -> Result<Term, Unread> {
    let mut parser = Parser { rest: text.chars().peekable(), depth: 0 };
    let term = parser.term()?;
    match parser.peek() {
        None => Ok(term),
        Some(found) => Err(Unread::new(format!("expected the end of the expression, found `{found}`"))),
    }
}

struct Parser<'t> {
    rest: Peekable<Chars<'t>>,
    depth: usize,
}

impl Parser<'_> {
    /// Returns the next letter that is no space.
    fn peek(&mut self) -> Option<char> {
        while self.rest.next_if(|c| c.is_whitespace()).is_some() {}
        self.rest.peek().copied()
    }

    /// Takes the next letter if it is this one.
    fn takes(&mut self, wanted: char) -> bool {
        self.peek();
        self.rest.next_if_eq(&wanted).is_some()
    }

    fn expect(&mut self, wanted: char) -> Result<(), Unread> {
        match self.takes(wanted) {
            true => Ok(()),
            false => Err(Unread::new(format!("expected `{wanted}`, found {}", found(self.peek())))),
        }
    }

    fn term(&mut self) -> Result<Term, Unread> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(Unread::new("the expression is nested too deeply"));
        }
        while self.takes('&') {}
        let term = match self.peek() {
            Some('[') => Term::List(self.terms('[', ']')?),
            Some('(') => Term::Item(Item { unnamed: self.terms('(', ')')?, ..Item::default() }),
            Some('"') => Term::Text(self.text()?),
            Some('-') => {
                self.takes('-');
                self.peek();
                Term::Number(format!("-{}", self.number()))
            }
            Some(c) if c.is_ascii_digit() => Term::Number(self.number()),
            Some(c) if is_of_name(c) => Term::Item(self.item()?),
            other => return Err(Unread::new(format!("expected a value, found {}", found(other)))),
        };
        self.depth -= 1;
        Ok(term)
    }

    /// Reads values between brackets, with commas between them.
    fn terms(&mut self, open: char, close: char) -> Result<Vec<Term>, Unread> {
        self.expect(open)?;
        let mut terms = vec![];
        while !self.takes(close) {
            terms.push(self.term()?);
            if !self.takes(',') {
                self.expect(close)?;
                break;
            }
        }
        Ok(terms)
    }

    fn item(&mut self) -> Result<Item, Unread> {
        let mut item = Item { name: self.path()?, ..Item::default() };
        match self.peek() {
            Some('(') => item.unnamed = self.terms('(', ')')?,
            Some('{') => {
                self.takes('{');
                while !self.takes('}') {
                    if self.takes('.') {
                        self.expect('.')?;
                        self.path()?;
                        item.has_rest = true;
                    } else {
                        let name = self.name()?;
                        self.expect(':')?;
                        item.named.push((name, self.term()?));
                    }
                    if !self.takes(',') {
                        self.expect('}')?;
                        break;
                    }
                }
            }
            _ => {}
        }
        Ok(item)
    }

    /// Reads a path; returns its last name.
    fn path(&mut self) -> Result<String, Unread> {
        loop {
            let name = self.name()?;
            // A field's colon stands alone, and only after a name, which is not read here.
            if !self.takes(':') {
                return Ok(name);
            }
            self.expect(':')?;
        }
    }

    fn name(&mut self) -> Result<String, Unread> {
        self.peek();
        let name: String = std::iter::from_fn(|| self.rest.next_if(|c| is_of_name(*c))).collect();
        match name.is_empty() {
            true => Err(Unread::new(format!("expected a name, found {}", found(self.peek())))),
            false => Ok(name),
        }
    }

    /// Reads the letters of a number; whether they make one is found out when it is used.
    fn number(&mut self) -> String {
        let mut number = String::new();
        while let Some(c) = self.rest.peek().copied() {
            let is_sign = matches!(c, '-' | '+') && number.ends_with(['e', 'E']);
            if !(c.is_ascii_alphanumeric() || c == '.' || is_sign) {
                break;
            }
            number.push(c);
            self.rest.next();
        }
        number
    }

    fn text(&mut self) -> Result<String, Unread> {
        self.expect('"')?;
        let unterminated = || Unread::new("unterminated text");
        let mut text = String::new();
        loop {
            match self.rest.next().ok_or_else(unterminated)? {
                '"' => return Ok(text),
                '\\' => {
                    let escaped = self.rest.next().ok_or_else(unterminated)?;
                    text.push(self.escaped(escaped)?);
                }
                c => text.push(c),
            }
        }
    }

    /// Returns the character after a backslash.
    fn escaped(&mut self, c: char) -> Result<char, Unread> {
        let wrong = || Unread::new(format!("there is no escape `\\{c}`"));
        Ok(match c {
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            '0' => '\0',
            '\\' | '"' | '\'' => c,
            'x' | 'u' => {
                let digits: String = match c {
                    'x' => self.rest.by_ref().take(2).collect(),
                    _ => self.rest.by_ref().skip(1).take_while(|c| *c != '}').collect(),
                };
                u32::from_str_radix(&digits, 16).ok().and_then(char::from_u32).ok_or_else(wrong)?
            }
            _ => return Err(wrong()),
        })
    }
}

fn is_of_name(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

fn found(c: Option<char>) -> String {
    c.map_or("the end".into(), |c| format!("`{c}`"))
}

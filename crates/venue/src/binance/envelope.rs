//! What stands around an event: the combined form, the user data wrapper,
//! answers to requests.
//!
//! Used by the readers of market and private streams. It never looks into an
//! event.

use crate::DecodeError;
use crate::tape::Tree;

/// What stands at the top of a message of either kind of stream.
pub(crate) enum Envelope {
    /// An event at this index.
    Event(usize),
    /// Several events, as `!markPrice@arr` sends; the first is at this index.
    Several(usize),
    /// A request was taken.
    Control,
    /// A request was refused with this code.
    ControlError(i32),
}

/// Opens a message: the event inside `data` (combined streams) or `event` (the
/// WebSocket API's user data), else the message itself; else what it says about
/// a request.
#[inline]
pub(crate) fn open(tree: Tree<'_, '_>) -> Result<Envelope, DecodeError> {
    if let Some(mut elements) = tree.array(Tree::ROOT) {
        return elements.next().map(Envelope::Several).ok_or(DecodeError::Shape);
    }
    let (mut event, mut refused) = (None, None);
    let (mut plain, mut control) = (false, false);
    for (key, value) in tree.object(Tree::ROOT).ok_or(DecodeError::Shape)? {
        match key {
            "data" | "event" => event = Some(value),
            // The spot quote has an id and no type.
            "e" | "u" => plain = true,
            "error" => refused = Some(tree.field(value, "code").unwrap_or(value)),
            "code" => refused = Some(value),
            "result" => control = true,
            _ => {}
        }
    }
    if let Some(at) = event {
        return match tree.array(at) {
            Some(mut elements) => elements.next().map(Envelope::Several).ok_or(DecodeError::Shape),
            None => Ok(Envelope::Event(at)),
        };
    }
    match refused {
        _ if plain => Ok(Envelope::Event(Tree::ROOT)),
        Some(at) => Ok(Envelope::ControlError(code(tree, at))),
        None if control => Ok(Envelope::Control),
        None => Err(DecodeError::Shape),
    }
}

/// A venue's error code; 0 where it is not a number of 32 bits.
pub(crate) fn code(tree: Tree<'_, '_>, at: usize) -> i32 {
    tree.signed(at).and_then(|code| i32::try_from(code).ok()).unwrap_or(0)
}

//! Judges one written value by the kind of its key.
//!
//! Fed by the plan; what passes is a [`Scalar`], what does not is a complaint.

use crate::fault::Complaint;
use crate::schema::{Form, Kind, kind_of};
use crate::{Registries, Scalar, Written};
use types::{Decimal, ParamSpec, ParamValue};

/// The value as `kind` wants it.
pub(crate) fn judge(
    written: &Written,
    kind: Kind,
    registries: &Registries<'_>,
) -> Result<Scalar, Complaint> {
    match kind {
        Kind::Integer { min, max } => {
            whole(written, kind, registries).and_then(|value| in_range(value, [min, max]))
        }
        Kind::PowerOfTwo { min, max } => whole(written, kind, registries)
            .and_then(|value| in_range(value, [min, max]))
            .and_then(power_of_two),
        Kind::Decimal { min, max } => {
            decimal_within(decimal(written, false, &kind.words(registries))?, [min, max])
        }
        Kind::Share { min_ppm } => {
            let value = decimal(written, true, &kind.words(registries))?;
            if value.at(6).is_none() {
                let sentence = format!("{value} has more than six decimal places");
                return Err(Complaint::new(sentence, "round it to millionths"));
            }
            decimal_within(value, [Decimal::new(min_ppm, 6).trimmed(), Decimal::new(1, 0)])
        }
        Kind::Flag => flag(written).ok_or_else(|| wrong_kind(written, kind, registries)),
        Kind::Text(form) => {
            let text = text(written, form).ok_or_else(|| wrong_kind(written, kind, registries))?;
            match form.complaint(&text, registries) {
                None => Ok(Scalar::Text(text)),
                Some(complaint) => Err(complaint),
            }
        }
        Kind::List { of, min, max } => {
            let items = list(written).ok_or_else(|| wrong_kind(written, kind, registries))?;
            check_list(&items, of, [min, max], registries)?;
            Ok(Scalar::List(items))
        }
    }
}

fn decimal_within(value: Decimal, [min, max]: [Decimal; 2]) -> Result<Scalar, Complaint> {
    if value.compare(min).is_lt() || value.compare(max).is_gt() {
        let remedy = format!("give {min} to {max}");
        return Err(Complaint::new(format!("{value} is out of range"), remedy));
    }
    Ok(Scalar::Decimal(value.trimmed()))
}

/// A registered parameter from the text of a label.
pub(crate) fn parameter(
    spec: &ParamSpec,
    text: &str,
    registries: &Registries<'_>,
) -> Result<ParamValue, Complaint> {
    let scalar = judge(&Written::Raw(text.to_owned()), kind_of(spec), registries)?;
    param_value(&scalar).ok_or_else(|| Complaint::new("this is no parameter", "write a number"))
}

/// As the registries' own kind of value.
pub(crate) fn param_value(scalar: &Scalar) -> Option<ParamValue> {
    match scalar {
        Scalar::Integer(value) => i64::try_from(*value).ok().map(ParamValue::Integer),
        Scalar::Decimal(value) => Some(ParamValue::Decimal(*value)),
        Scalar::Flag(value) => Some(ParamValue::Flag(*value)),
        Scalar::Text(_) | Scalar::List(_) => None,
    }
}

fn wrong_kind(written: &Written, kind: Kind, registries: &Registries<'_>) -> Complaint {
    let remedy = format!("write {}", kind.words(registries));
    match written {
        Written::Raw(_) => Complaint::new("this text cannot be read as its key wants", remedy),
        _ => Complaint::new(format!("this is {}", written.kind()), remedy),
    }
}

fn whole(written: &Written, kind: Kind, registries: &Registries<'_>) -> Result<i128, Complaint> {
    let value = match written {
        Written::Integer(value) => Some(*value),
        Written::Raw(text) => text.trim().parse().ok(),
        _ => None,
    };
    value.ok_or_else(|| wrong_kind(written, kind, registries))
}

fn in_range(value: i128, [min, max]: [i128; 2]) -> Result<Scalar, Complaint> {
    if (min..=max).contains(&value) {
        return Ok(Scalar::Integer(value));
    }
    Err(Complaint::new(format!("{value} is out of range"), format!("give {min} to {max}")))
}

fn power_of_two(value: Scalar) -> Result<Scalar, Complaint> {
    match &value {
        Scalar::Integer(size) if size.count_ones() != 1 => {
            // Invariant: the range has been checked, so the next power exists.
            let next = u64::try_from(*size).ok().and_then(u64::checked_next_power_of_two);
            Err(Complaint::new(
                format!("{size} is not a power of two"),
                format!("give {}, the next one", next.unwrap_or(2)),
            ))
        }
        _ => Ok(value),
    }
}

fn decimal(written: &Written, bare: bool, words: &str) -> Result<Decimal, Complaint> {
    let text = match written {
        Written::Text(text) | Written::Raw(text) => text.trim().to_owned(),
        Written::Integer(value) => value.to_string(),
        Written::Float(text) if bare => text.clone(),
        Written::Float(text) => {
            return Err(Complaint::new(
                "a number with a point would pass through binary floating point",
                format!("write it in quotes, \"{text}\""),
            ));
        }
        other => {
            return Err(Complaint::new(
                format!("this is {}", other.kind()),
                format!("write {words}"),
            ));
        }
    };
    Decimal::parse(text.as_bytes()).map_err(|fault| {
        let sentence = match fault {
            types::DecimalError::Malformed => "this is not a decimal number",
            _ => "this has more digits than a 64-bit mantissa of 18 places holds",
        };
        Complaint::new(sentence, format!("write {words}"))
    })
}

fn flag(written: &Written) -> Option<Scalar> {
    match written {
        Written::Flag(value) => Some(Scalar::Flag(*value)),
        Written::Raw(text) => text.trim().parse().ok().map(Scalar::Flag),
        _ => None,
    }
}

fn text(written: &Written, form: Form) -> Option<String> {
    match written {
        Written::Text(text) | Written::Raw(text) => Some(text.clone()),
        Written::Integer(value) if form == Form::Speed => Some(value.to_string()),
        _ => None,
    }
}

fn list(written: &Written) -> Option<Vec<String>> {
    match written {
        Written::List(items) => items
            .iter()
            .map(|item| match item {
                Written::Text(text) => Some(text.clone()),
                _ => None,
            })
            .collect(),
        Written::Raw(text) if text.trim().is_empty() => Some(Vec::new()),
        Written::Raw(text) => Some(text.split(',').map(|item| item.trim().to_owned()).collect()),
        _ => None,
    }
}

fn check_list(
    items: &[String],
    of: Form,
    [min, max]: [usize; 2],
    registries: &Registries<'_>,
) -> Result<(), Complaint> {
    if !(min..=max).contains(&items.len()) {
        let sentence = format!("{} entries are too few or too many", items.len());
        return Err(Complaint::new(sentence, format!("give {min} to {max}")));
    }
    for (index, item) in items.iter().enumerate() {
        if let Some(complaint) = of.complaint(item, registries) {
            let sentence = format!("{item:?}: {}", complaint.sentence);
            return Err(Complaint::new(sentence, complaint.remedy));
        }
        if items[..index].contains(item) {
            return Err(Complaint::new(format!("{item:?} is there twice"), "leave one out"));
        }
    }
    Ok(())
}

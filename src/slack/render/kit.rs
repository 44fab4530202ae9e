//! Block Kit in few words. Slack's limits stand here, once, and whatever is longer is cut to them.
//! Source: <https://docs.slack.dev/reference/block-kit>.

use slack_morphism::prelude::{
    SlackActionBlockElement, SlackActionsBlock, SlackBlock, SlackBlockButtonElement,
    SlackBlockButtonStyle, SlackBlockMarkDownText, SlackBlockPlainText, SlackBlockPlainTextOnly,
    SlackBlockText, SlackContextBlock, SlackContextBlockElement, SlackHeaderBlock,
    SlackSectionBlock,
};

use crate::domain::press::Press;
use crate::slack::press;

/// The longest text of a section, in characters.
pub const SECTION_CHARS: usize = 3_000;
/// The longest text of a field, in characters.
pub const FIELD_CHARS: usize = 2_000;
/// The most fields of a section.
pub const FIELDS: usize = 10;
/// The longest header, in characters.
pub const HEADER_CHARS: usize = 150;
/// The most elements of a context block.
pub const CONTEXT_ELEMENTS: usize = 10;
/// The most elements of an actions block.
pub const ACTION_ELEMENTS: usize = 25;
/// The longest text of a button, in characters.
pub const BUTTON_CHARS: usize = 75;

fn clipped(text: &str, chars: usize) -> String {
    match text.char_indices().nth(chars) {
        None => text.to_owned(),
        Some(_) => {
            let keep: String = text.chars().take(chars - 1).collect();
            format!("{keep}…")
        }
    }
}

/// Mrkdwn whose bare URLs and names stay text (`verbatim`).
fn mrkdwn(text: &str, chars: usize) -> SlackBlockText {
    SlackBlockText::MarkDown(SlackBlockMarkDownText::new(clipped(text, chars)).with_verbatim(true))
}

fn plain(text: &str, chars: usize) -> SlackBlockPlainTextOnly {
    SlackBlockPlainText::new(clipped(text, chars))
        .with_emoji(true)
        .into()
}

/// A headline in plain text.
#[must_use]
pub fn header(text: &str) -> SlackBlock {
    SlackHeaderBlock::new(plain(text, HEADER_CHARS)).into()
}

/// A paragraph of mrkdwn.
#[must_use]
pub fn section(text: &str) -> SlackBlock {
    SlackSectionBlock::new()
        .with_text(mrkdwn(text, SECTION_CHARS))
        .into()
}

/// A paragraph with a button at its side.
#[must_use]
pub fn section_with(text: &str, button: Button) -> SlackBlock {
    SlackSectionBlock::new()
        .with_text(mrkdwn(text, SECTION_CHARS))
        .with_accessory(button.element().into())
        .into()
}

/// Facts in two columns (one on a phone): a bold label above each value.
#[must_use]
pub fn fields(facts: &[(&str, String)]) -> SlackBlock {
    let fields = facts.iter().take(FIELDS);
    let fields = fields.map(|(label, value)| mrkdwn(&format!("*{label}*\n{value}"), FIELD_CHARS));
    SlackSectionBlock::new()
        .with_fields(fields.collect())
        .into()
}

/// Small print.
#[must_use]
pub fn context(lines: &[String]) -> SlackBlock {
    let elements = lines.iter().take(CONTEXT_ELEMENTS).map(|line| {
        let text = SlackBlockMarkDownText::new(clipped(line, FIELD_CHARS)).with_verbatim(true);
        SlackContextBlockElement::MarkDown(text)
    });
    SlackContextBlock::new(elements.collect()).into()
}

/// A row of buttons.
#[must_use]
pub fn actions(buttons: Vec<Button>) -> SlackBlock {
    let elements = buttons
        .into_iter()
        .take(ACTION_ELEMENTS)
        .map(|button| button.element().into());
    SlackActionsBlock::new(elements.collect::<Vec<SlackActionBlockElement>>()).into()
}

/// A button.
#[derive(Debug, Clone)]
pub struct Button {
    label: &'static str,
    press: Press,
    style: Option<SlackBlockButtonStyle>,
}

impl Button {
    /// A button that says `label` and means `press`.
    #[must_use]
    pub const fn new(label: &'static str, press: Press) -> Self {
        Self {
            label,
            press,
            style: None,
        }
    }

    /// The one that a person most likely wants.
    #[must_use]
    pub fn primary(self) -> Self {
        Self {
            style: Some(SlackBlockButtonStyle::Primary),
            ..self
        }
    }

    /// One that cannot be undone.
    #[must_use]
    pub fn danger(self) -> Self {
        Self {
            style: Some(SlackBlockButtonStyle::Danger),
            ..self
        }
    }

    fn element(self) -> SlackBlockButtonElement {
        let (action_id, value) = press::encode(&self.press);
        SlackBlockButtonElement::new(plain(self.label, BUTTON_CHARS))
            .with_action_id(action_id.into())
            .with_value(value)
            .opt_style(self.style)
    }
}

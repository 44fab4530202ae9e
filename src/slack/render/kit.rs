//! Block Kit in few words. Slack's limits stand here, once, and whatever is longer is cut to them.
//! Source: <https://docs.slack.dev/reference/block-kit>.

use slack_morphism::prelude::{
    SlackActionBlockElement, SlackActionsBlock, SlackBlock, SlackBlockButtonElement,
    SlackBlockButtonStyle, SlackBlockChoiceItem, SlackBlockMarkDownText, SlackBlockOverflowElement,
    SlackBlockPlainText, SlackBlockPlainTextInputElement, SlackBlockPlainTextOnly,
    SlackBlockStaticSelectElement, SlackBlockText, SlackContextBlock, SlackContextBlockElement,
    SlackDividerBlock, SlackHeaderBlock, SlackInputBlock, SlackSectionBlock,
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
/// The most options of a menu.
pub const OPTIONS: usize = 100;
/// The most options behind three dots.
pub const OVERFLOW_OPTIONS: usize = 5;
/// The longest text of an option, in characters.
pub const OPTION_CHARS: usize = 75;
/// The longest label of an input, in characters.
pub const LABEL_CHARS: usize = 2_000;
/// The longest text of an input, in characters.
pub const INPUT_CHARS: usize = 3_000;
/// The longest placeholder, in characters.
pub const PLACEHOLDER_CHARS: usize = 150;
/// The longest title of a form, and text of its two buttons, in characters.
pub const TITLE_CHARS: usize = 24;
/// The action of every input: its block tells them apart.
pub const INPUT: &str = "value";
/// The most blocks of a Home or a form.
pub const VIEW_BLOCKS: usize = 100;

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
pub fn fields(facts: &[(String, String)]) -> SlackBlock {
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
    controls(buttons.into_iter().map(Control::Button).collect())
}

/// A row of buttons and menus.
#[must_use]
pub fn controls(controls: Vec<Control>) -> SlackBlock {
    let elements = controls.into_iter().take(ACTION_ELEMENTS);
    SlackActionsBlock::new(elements.map(Control::element).collect()).into()
}

/// A line between what does not belong together.
#[must_use]
pub fn divider() -> SlackBlock {
    SlackDividerBlock::new().into()
}

/// Something in a row that can be used.
#[derive(Debug, Clone)]
pub enum Control {
    /// A button.
    Button(Button),
    /// A menu of which one option is chosen.
    Select(Select),
    /// A menu behind three dots, for what is seldom wanted.
    More(More),
}

impl Control {
    fn element(self) -> SlackActionBlockElement {
        match self {
            Self::Button(button) => button.element().into(),
            Self::Select(select) => select.element().into(),
            Self::More(more) => more.element().into(),
        }
    }
}

/// A menu of which one option is chosen.
#[derive(Debug, Clone)]
pub struct Select {
    /// Its action, of which each option carries the value.
    pub action_id: &'static str,
    /// The options as they read, and their values.
    pub options: Vec<(String, String)>,
    /// Which one is chosen.
    pub chosen: usize,
}

impl Select {
    fn element(self) -> SlackBlockStaticSelectElement {
        let items: Vec<_> = self
            .options
            .iter()
            .take(OPTIONS)
            .map(|(text, value)| choice(text, value.clone()))
            .collect();
        let chosen = items.get(self.chosen).cloned();
        SlackBlockStaticSelectElement::new()
            .with_action_id(self.action_id.into())
            .opt_initial_option(chosen)
            .with_options(items)
    }
}

/// A menu behind three dots.
#[derive(Debug, Clone)]
pub struct More {
    /// What makes it unique within its row.
    pub suffix: String,
    /// What it offers, at most five.
    pub options: Vec<(String, Press)>,
}

impl More {
    fn element(self) -> SlackBlockOverflowElement {
        let options = self.options.iter().take(OVERFLOW_OPTIONS);
        let options = options.map(|(label, press)| choice(label, press::encode_option(press)));
        SlackBlockOverflowElement::new(options.collect())
            .with_action_id(format!("{}:{}", press::MORE, self.suffix).into())
    }
}

/// An input that text is typed into.
#[derive(Debug, Clone, Default)]
pub struct TextInput {
    /// What it holds at first.
    pub holds: String,
    /// What stands in it while it is empty.
    pub placeholder: String,
    /// Whether it has many lines.
    pub multiline: bool,
    /// Whether it may stay empty.
    pub optional: bool,
    /// The most that it takes, in characters.
    pub most: usize,
    /// What stands below it.
    pub hint: String,
}

/// A labelled block that text is typed into.
#[must_use]
pub fn text_input(block_id: &str, label: &str, input: &TextInput) -> SlackBlock {
    let shown = |text: &str, chars| (!text.is_empty()).then(|| plain(text, chars));
    let most = input.most.min(INPUT_CHARS);
    let holds: String = input.holds.chars().take(most).collect();
    let element = SlackBlockPlainTextInputElement::new()
        .with_action_id(INPUT.into())
        .opt_initial_value((!holds.is_empty()).then_some(holds))
        .opt_placeholder(shown(&input.placeholder, PLACEHOLDER_CHARS))
        .with_multiline(input.multiline)
        .opt_max_length(u64::try_from(most).ok());
    SlackInputBlock::new(plain(label, LABEL_CHARS), element.into())
        .with_block_id(block_id.into())
        .opt_hint(shown(&input.hint, LABEL_CHARS))
        .with_optional(input.optional)
        .into()
}

/// A labelled block in which one option is chosen.
#[must_use]
pub fn select_input(block_id: &str, label: &str, select: Select) -> SlackBlock {
    SlackInputBlock::new(plain(label, LABEL_CHARS), select.element().into())
        .with_block_id(block_id.into())
        .into()
}

/// The title of a view, or one of its two buttons.
#[must_use]
pub fn title(text: &str) -> SlackBlockPlainTextOnly {
    plain(text, TITLE_CHARS)
}

fn choice(text: &str, value: String) -> SlackBlockChoiceItem<SlackBlockPlainTextOnly> {
    SlackBlockChoiceItem::new(plain(text, OPTION_CHARS), value)
}

/// A button.
#[derive(Debug, Clone)]
pub struct Button {
    label: String,
    press: Press,
    style: Option<SlackBlockButtonStyle>,
}

impl Button {
    /// A button that says `label` and means `press`.
    #[must_use]
    pub const fn new(label: String, press: Press) -> Self {
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
        SlackBlockButtonElement::new(plain(&self.label, BUTTON_CHARS))
            .with_action_id(action_id.into())
            .with_value(value)
            .opt_style(self.style)
    }
}

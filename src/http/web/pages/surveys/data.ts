// A survey's shapes by the names that its pages use, and the words for their codes.

import type { Schema } from "../../base/api.ts";

export type QuestionKind = Schema<"QuestionKind">;
export type Sampling = Schema<"Sampling">;
export type Order = Schema<"OptionOrder">;
export type Question = Schema<"SurveyQuestion">;
export type Survey = Schema<"Survey">;
export type Finding = Schema<"Finding">;
export type Checklist = Schema<"Checklist">;
export type FileColumn = Schema<"SurveyColumn">;
export type Guess = Schema<"SurveyGuess">;
export type Head = Schema<"SurveyHead">;
export type Added = Schema<"SurveyAdded">;
export type Answered = Schema<"Answered">;
export type Whole = Schema<"SurveyBody">;

export type Share = Schema<"Share">;
export type OptionPart = Schema<"SurveyPart">;
export type Satisfied = Schema<"SurveySatisfaction">;
export type Mean = Schema<"Mean">;
export type Nps = Schema<"Nps">;
export type Closed = Schema<"Closed">;
export type CrossCell = Schema<"CrossCell">;
export type CrossRow = Schema<"CrossRow">;
export type Association = Schema<"Association">;
export type Cross = Schema<"Cross">;
export type Driver = Schema<"Driver">;
export type Change = Schema<"SurveyChange">;
export type Gap = Schema<"Gap">;
export type Figures = Schema<"QuestionFigures">;

export type Sentiment = Schema<"Sentiment">;
export type AnswerKey = Schema<"AnswerKey">;
export type SubTheme = Schema<"SubTheme">;
export type Theme = Schema<"Theme">;
export type Frame = Schema<"Frame">;
export type FrameState = Schema<"FrameState">;
export type FrameBody = Schema<"FrameBody">;
export type Step = Schema<"FrameStep">;
export type Typical = Schema<"Typical">;
export type LogLine = Schema<"LogLine">;
export type Attitudes = Schema<"Attitudes">;
export type ThemeRow = Schema<"ThemeRow">;
export type Flood = Schema<"FloodRow">;
export type ThemeFigures = Schema<"ThemeFigures">;
export type AnswerLine = Schema<"AnswerLine">;
export type AnswerList = Schema<"AnswerList">;
export type Job = Schema<"Job">;
/** The questions of a survey in the order of its file. */
export const questions = (survey: Survey): Question[] => survey.question ?? [];

export const KINDS: Record<QuestionKind, string> = {
  background: "背景", single: "单选", multiple: "多选", rating: "打分", nps: "推荐意愿", open: "开放", id: "编号", time: "提交时间", duration: "答题用时", weight: "权重", skip: "不读",
};
export const SAMPLINGS: Record<Sampling, string> = {
  open: "自愿参加（网络问卷、扫码）", random: "随机抽样", quota: "配额抽样", census: "全体调查", hotline: "热线工单（不是样本）",
};
export const STATES: Record<FrameState, string> = { proposed: "待签认", edited: "修改中", signed: "已签认" };
export const SENTIMENTS: Record<Sentiment, string> = { negative: "否定", mixed: "有褒有贬", neutral: "中性", positive: "肯定" };
/** The codes of answers without an opinion and about something else. */
export const [NONE, OFF] = ["NONE", "OFF"];

/** Kinds whose answers are some of the options. */
export const hasOptions = (kind: QuestionKind): boolean => kind === "background" || kind === "single" || kind === "multiple";
/** What was asked, not a column of the platform. */
export const isAsked = (kind: QuestionKind): boolean => hasOptions(kind) || kind === "rating" || kind === "nps" || kind === "open";
/** Themes proper. */
export const isTheme = (theme: { code: string }): boolean => theme.code !== NONE && theme.code !== OFF;

/** Who acts, as far as the page knows. */
export const ACTOR = "分析员";

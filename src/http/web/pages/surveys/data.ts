// The shapes of a survey's answers, and the words for their codes.

export type QuestionKind = "id" | "time" | "duration" | "weight" | "background" | "single" | "multiple" | "rating" | "nps" | "open" | "skip";
export type Sampling = "random" | "quota" | "census" | "open" | "hotline";
export type Order = "best_first" | "worst_first";
export type Question = {
  id: string; text: string; kind: QuestionKind; options?: string[]; missing?: string[] | null; favourable?: string[] | null; order?: Order | null;
  scores?: number[] | null; most?: number | null; matrix?: string | null; column?: string | null;
};
export type Margin = { question: string; source: string; shares: Record<string, number> };
export type Survey = {
  title: string; organiser: string; fielded_by?: string | null; purpose?: string | null; population: string; frame?: string | null; mode: string; period: string;
  sampling: Sampling; selection?: string | null; invited?: number | null; overall?: string | null; question: Question[]; margin?: Margin[];
  previous?: { survey: string; questions?: Record<string, string> } | null;
};
export type Finding = { code: string; fatal: boolean; question?: string | null; count: number; lines: number[]; zh: string };
export type Checklist = { findings: Finding[] };
export type FileColumn = { column: string; header: string; question?: string | null; kind: QuestionKind; personal: boolean };
export type Guess = { survey: Survey; toml: string; columns: FileColumn[]; checklist: Checklist };
export type FrameState = "proposed" | "edited" | "signed";
export type Head = { id: string; created_at: string; title: string; organiser: string; period: string; respondents: number; themes?: FrameState | null };
export type Answered = { question: string; text: string; kind: string; answered: number; blank: number };
export type Whole = {
  id: string; created_at: string; survey: Survey; sampling: string; respondents: number; response_rate?: number | null; closed_questions: number;
  open_questions: number; open_answers: number; answered: Answered[]; caveat?: string | null; checklist: Checklist; themes?: FrameState | null; file: string; link: string;
};

export type Share = { count: number; base: number; share: number; effective: number; low?: number | null; high?: number | null; few: boolean };
export type OptionPart = { option: string; share?: Share | null; of_choosers?: number | null; of_ticks?: number | null; missing: boolean; favourable: boolean };
export type Satisfied = { of_expressed?: Share | null; of_answered?: Share | null; missing?: Share | null };
export type Mean = { base: number; effective: number; mean: number; deviation?: number | null; low?: number | null; high?: number | null; least: number; most: number; top_two?: Share | null; few: boolean };
export type Nps = { base: number; effective: number; score: number; low?: number | null; high?: number | null; promoters: Share; passives: Share; detractors: Share; few: boolean };
export type Closed = {
  question: string; text: string; matrix?: string | null; kind: QuestionKind; asked: number; answered: number; blank: number; effective: number; few: boolean;
  parts: OptionPart[]; satisfaction?: Satisfied | null; mean?: Mean | null; nps?: Nps | null;
};
export type CrossCell = { share?: Share | null; residual?: number | null; p?: number | null; higher?: boolean | null };
export type CrossRow = { option: string; base?: number | null; few: boolean; cells: CrossCell[] };
export type Association = { method: "chi_square" | "fisher"; statistic?: number | null; freedom?: number | null; p: number; p_adjusted?: number | null; v: number };
export type Cross = { by: string; question: string; columns: string[]; rows: CrossRow[]; base?: number | null; test?: Association | null; caution?: string | null };
export type Driver = { question: string; text: string; correlation: number; base: number; p?: number | null; satisfaction?: Share | null; few: boolean };
export type Change = { question: string; measured: "satisfaction" | "mean" | "nps"; now: number; before: number; difference: number; low: number; high: number; p?: number | null; p_adjusted?: number | null; few: boolean };
export type Gap = { question: string; option: string; target: number; before?: number | null; after?: number | null; count?: number | null };
export type Figures = {
  survey: string; title: string; respondents: number; response_rate?: number | null; caveat?: string | null;
  weighting?: { raked: boolean; deff: number; effective: number; trimmed?: number | null; converged: boolean; gaps: Gap[] } | null;
  questions: Closed[]; cross: Cross[]; drivers: Driver[]; changes: Change[]; changes_caution?: string | null; link: string;
};

export type Sentiment = "positive" | "negative" | "mixed" | "neutral";
export type AnswerKey = { question: string; respondent: string };
export type SubTheme = { code: string; name: string; description?: string; words?: string[]; sentence?: string | null };
export type Theme = SubTheme & { category?: { code: string; probability: number; confirmed?: boolean } | null; sub?: SubTheme[] };
export type Frame = { theme?: Theme[]; confirmed?: { answer: AnswerKey; codes: string[] }[]; retired?: string[] };
export type Step =
  | { do: "rename"; code: string; name?: string | null; description?: string | null } | { do: "merge"; codes: string[]; into: string }
  | { do: "split"; code: string; into: { name: string; description: string }[] } | { do: "drop"; code: string }
  | { do: "move"; code: string; under?: string | null } | { do: "add"; name: string; description: string; under?: string | null }
  | { do: "confirm"; answer: AnswerKey; codes: string[] } | { do: "unconfirm"; answer: AnswerKey } | { do: "link"; code: string; category?: string | null };
export type Typical = { code: string; answers: { answer: AnswerKey; text: string }[] };
export type LogLine = { version: number; at: string; actor?: string | null; state: FrameState; step?: Step | null };
export type FrameBody = { survey: string; version: number; at: string; state: FrameState; frame: Frame; typical: Typical[]; log: LogLine[] };
export type Attitudes = { positive?: number | null; negative?: number | null; mixed?: number | null; neutral?: number | null; critical?: number | null };
export type ThemeRow = {
  code: string; name: string; description: string; share?: Share | null; sentiment?: Attitudes | null; sub: { code: string; name: string; share?: Share | null; link: string }[];
  quotes: { answer: AnswerKey; text: string; sentiment: Sentiment; dissent: boolean }[]; category?: string | null; link: string;
};
export type Flood = { question: string; size: number; minutes?: number | null; likeness: number; respondents: string[] };
export type ThemeFigures = {
  survey: string; version: number; question?: string | null; text: string; respondents: number; answers: number; copies: number; caveat?: string | null;
  themes: ThemeRow[]; none?: Share | null; off?: Share | null; floods: Flood[]; link: string;
};
export type AnswerLine = {
  respondent: string; text?: string | null; chosen?: string[]; themes?: { code: string; probability: number; sub?: { code: string; probability: number }[] }[];
  sentiment?: Sentiment | null; copy_of?: AnswerKey | null; confirmed: boolean;
};
export type AnswerList = { survey: string; question: string; text: string; total: number; answers: AnswerLine[]; next?: number | null };
export type Job = { id: string; state: "waiting" | "running" | "done" | "failed" | "cancelled" | "interrupted"; done: number; total: number; detail?: string | null };

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

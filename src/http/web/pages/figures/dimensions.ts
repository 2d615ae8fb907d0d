// What cases may be counted by, how each is called, and what comes next when one of its values is opened.

export interface Dimension {
  key: string;
  name: string;
  group: string;
  /** The filter that narrows to one value; none for times and for what the list cannot be narrowed to. */
  filter?: string;
  /** What is worth counting by inside one value. */
  inside?: string;
  /** In the order of time, without gaps. */
  time?: boolean;
  /** In an order of its own, which sorting by size would break. */
  ordered?: boolean;
}

export const DIMENSIONS: readonly Dimension[] = [
  { key: "domain", name: "一级分类", group: "事项", filter: "category", inside: "category" },
  { key: "category", name: "二级分类", group: "事项", filter: "category", inside: "district" },
  { key: "petition", name: "诉求类型", group: "事项", filter: "petition", inside: "domain" },
  { key: "urgency", name: "紧急程度", group: "事项", filter: "urgency", inside: "domain" },
  { key: "issue", name: "诉求组", group: "事项", filter: "issue", inside: "day" },
  { key: "district", name: "区县", group: "地点", filter: "district", inside: "street" },
  { key: "street", name: "街道、乡镇", group: "地点", filter: "street", inside: "community" },
  { key: "community", name: "社区、村、小区", group: "地点", filter: "community", inside: "category" },
  { key: "department", name: "归口单位", group: "办理", filter: "department", inside: "category" },
  { key: "status", name: "办理状态", group: "办理" },
  { key: "channel", name: "渠道", group: "来源", filter: "channel", inside: "domain" },
  { key: "month", name: "月", group: "时间", time: true, inside: "week", ordered: true },
  { key: "week", name: "周", group: "时间", time: true, inside: "day", ordered: true },
  { key: "day", name: "日", group: "时间", time: true, inside: "hour", ordered: true },
  { key: "hour", name: "小时", group: "时间", time: true, inside: "category", ordered: true },
  { key: "weekday", name: "星期", group: "时间", ordered: true },
  { key: "hour_of_day", name: "钟点", group: "时间", ordered: true },
];

/** A dimension by its key; the first where the address names none. */
export const dimension = (key: string | null | undefined): Dimension =>
  DIMENSIONS.find((one) => one.key === key) ?? DIMENSIONS[1]!;

/** What people look at most, one click away. */
export const USUAL: readonly { name: string; by: string }[] = [
  { name: "逐日走势", by: "day" },
  { name: "二级分类排行", by: "category" },
  { name: "领域 × 区县", by: "domain,district" },
  { name: "逐日 × 渠道", by: "day,channel" },
  { name: "钟点 × 星期", by: "hour_of_day,weekday" },
  { name: "单位 × 诉求类型", by: "department,petition" },
];

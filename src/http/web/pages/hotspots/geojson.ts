// Reads a GeoJSON file (RFC 7946) of areas: checks it, finds which property names them, and lays it flat.

type Point = [number, number];

/** One area: its properties and its rings. */
export interface Area {
  properties: Record<string, unknown>;
  rings: Point[][];
}

/** Where an area lies on the sheet. */
export interface Laid {
  area: Area;
  path: string;
  /** The middle of its greatest ring, for the name. */
  at: Point;
}

/** What a place is known by: its name, other names, its code. */
export interface Known {
  key: string;
  names: readonly string[];
}

/** The areas of a file; throws a sentence for the reader when it is none. */
export function areas(text: string): Area[] {
  const found = features(parsed(text)).flatMap((feature) => {
    const rings = ringsOf(feature.geometry);
    return rings.length > 0 ? [{ properties: (feature.properties ?? {}) as Record<string, unknown>, rings }] : [];
  });
  if (found.length === 0) throw new Error("文件里没有面（Polygon 或 MultiPolygon）。请提供行政区划的边界，而不是点或线。");
  return found;
}

interface Feature { geometry?: unknown; properties?: unknown }

function parsed(text: string): unknown {
  try {
    return JSON.parse(text.replace(/^\ufeff/, ""));
  } catch {
    throw new Error("这不是 JSON 文件。请提供 .geojson 或 .json 格式的边界文件；Shapefile 可先用 QGIS 等转为 GeoJSON。");
  }
}

function features(read: unknown): Feature[] {
  const root = read as { type?: string; features?: Feature[] } | null;
  if (root?.type === "FeatureCollection" && Array.isArray(root.features)) return root.features;
  if (root?.type === "Feature") return [root as Feature];
  if (root?.type === "Topology") throw new Error("这是 TopoJSON，不是 GeoJSON；请先转换。");
  throw new Error("这个 JSON 不是 GeoJSON 的 FeatureCollection。");
}

function ringsOf(geometry: unknown): Point[][] {
  const shape = geometry as { type?: string; coordinates?: unknown } | null;
  const rings = shape?.type === "Polygon" ? shape.coordinates as Point[][]
    : shape?.type === "MultiPolygon" ? (shape.coordinates as Point[][][]).flat() : [];
  return rings.filter((ring) => Array.isArray(ring) && ring.length >= 4 &&
    ring.every((point) => Number.isFinite(point[0]) && Number.isFinite(point[1])));
}

/** The places that areas stand for, by whichever property fits most of them: a name, another name, a code. */
export function join(all: Area[], places: readonly Known[]): { places: (string | null)[]; property: string | null } {
  const keys = new Map(places.flatMap((place) => [place.key, ...place.names].map((name) => [plain(name), place.key] as const)));
  const properties = [...new Set(all.flatMap((area) => Object.keys(area.properties)))];
  const tried = properties.map((property) => ({
    property, places: all.map((area) => keys.get(plain(area.properties[property])) ?? null),
  }));
  const fits = (one: { places: (string | null)[] }) => new Set(one.places.filter((key) => key !== null)).size;
  const best = tried.sort((a, b) => fits(b) - fits(a))[0];
  return best && fits(best) > 0 ? best : { places: all.map(() => null), property: null };
}

const plain = (name: unknown): string => String(name ?? "").replace(/\s/g, "");

/** What an area calls itself, for one that is no known place. */
export function called(area: Area, property: string | null): string {
  for (const key of ["name", "NAME", "Name", "名称", "fullname", property]) {
    const value = key === null ? undefined : area.properties[key];
    if (typeof value === "string" && value !== "") return value;
  }
  return "无名";
}

/** Lays the areas flat on a sheet of this width, true in shape where they lie; says how high the sheet is. */
export function lay(all: Area[], width: number): { laid: Laid[]; height: number } {
  const points = all.flatMap((area) => area.rings.flat());
  const [west, east, south, north] = bounds(points);
  const degrees = Math.max(Math.abs(west), Math.abs(east)) <= 180 && Math.max(Math.abs(south), Math.abs(north)) <= 90;
  const squeeze = degrees ? Math.cos(((south + north) / 2) * (Math.PI / 180)) : 1;
  const margin = 8;
  const scale = (width - 2 * margin) / Math.max((east - west) * squeeze, 1e-12);
  const flat = ([x, y]: Point): Point => [margin + (x - west) * squeeze * scale, margin + (north - y) * scale];
  const laid = all.map((area) => {
    const rings = area.rings.map((ring) => thinned(ring.map(flat)));
    return { area, path: rings.map(drawn).join(""), at: middle(rings) };
  });
  return { laid, height: Math.ceil((north - south) * scale + 2 * margin) };
}

function bounds(points: Point[]): [number, number, number, number] {
  let [west, east, south, north] = [Infinity, -Infinity, Infinity, -Infinity];
  for (const [x, y] of points) {
    [west, east, south, north] = [Math.min(west, x), Math.max(east, x), Math.min(south, y), Math.max(north, y)];
  }
  return [west, east, south, north];
}

/** Leaves out points closer than the eye can tell apart: city files come with hundreds of thousands. */
function thinned(ring: Point[]): Point[] {
  const kept: Point[] = [];
  for (const point of ring) {
    const last = kept.at(-1);
    if (!last || Math.hypot(point[0] - last[0], point[1] - last[1]) >= 0.6) kept.push(point);
  }
  return kept.length >= 3 ? kept : ring;
}

const drawn = (ring: Point[]): string =>
  `M${ring.map(([x, y]) => `${x.toFixed(1)} ${y.toFixed(1)}`).join("L")}Z`;

/** The centroid of the greatest ring. */
function middle(rings: Point[][]): Point {
  let [best, most]: [Point, number] = [[0, 0], -1];
  for (const ring of rings) {
    let [area, x, y] = [0, 0, 0];
    ring.forEach((point, at) => {
      const next = ring[(at + 1) % ring.length]!;
      const cross = point[0] * next[1] - next[0] * point[1];
      [area, x, y] = [area + cross, x + (point[0] + next[0]) * cross, y + (point[1] + next[1]) * cross];
    });
    if (Math.abs(area) > most && area !== 0) [best, most] = [[x / (3 * area), y / (3 * area)], Math.abs(area)];
  }
  return best;
}

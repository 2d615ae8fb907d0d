// The city's map stays in this browser (IndexedDB); it is never sent.

/** The file as it was given. */
export interface KeptMap { name: string; text: string }

const [DATABASE, STORE, KEY] = ["guikou", "maps", "areas"];

function opened(): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(DATABASE, 1);
    request.onupgradeneeded = () => request.result.createObjectStore(STORE);
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

async function asked<T>(mode: IDBTransactionMode, act: (store: IDBObjectStore) => IDBRequest<T>): Promise<T> {
  const database = await opened();
  try {
    return await new Promise<T>((resolve, reject) => {
      const request = act(database.transaction(STORE, mode).objectStore(STORE));
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
    });
  } finally {
    database.close();
  }
}

/** The map kept before, or null; also null where the browser keeps nothing (private windows). */
export async function keptMap(): Promise<KeptMap | null> {
  try {
    return (await asked<KeptMap | undefined>("readonly", (store) => store.get(KEY))) ?? null;
  } catch {
    return null;
  }
}

/** Keeps a map; says whether the browser would. */
export async function keepMap(map: KeptMap): Promise<boolean> {
  try {
    await asked("readwrite", (store) => store.put(map, KEY));
    return true;
  } catch {
    return false;
  }
}

/** Forgets the map. */
export async function forgetMap(): Promise<void> {
  await asked("readwrite", (store) => store.delete(KEY)).catch(() => undefined);
}

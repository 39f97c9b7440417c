// What this phone keeps, in IndexedDB: the draft, people, declarations, the phone's key and the authority's.
// Keys of WebCrypto can be stored there and nowhere else. Nothing in here leaves the phone.

const NAME = "declare";
const STORES = ["state", "people", "declarations"];

let opened;

function open() {
  opened ??= new Promise((resolve, reject) => {
    const asked = indexedDB.open(NAME, 1);
    asked.onupgradeneeded = () => STORES.forEach((store) => asked.result.createObjectStore(store));
    asked.onsuccess = () => {
      asked.result.onversionchange = () => asked.result.close();
      resolve(asked.result);
    };
    asked.onerror = () => reject(asked.error);
  });
  return opened;
}

async function run(store, mode, act) {
  const database = await open();
  return new Promise((resolve, reject) => {
    const transaction = database.transaction(store, mode);
    const asked = act(transaction.objectStore(store));
    transaction.oncomplete = () => resolve(asked.result);
    transaction.onabort = transaction.onerror = () => reject(transaction.error);
  });
}

/** Whether this browser lets the page keep anything at all. */
export const canKeep = () => open().then(() => true, () => false);

// What the phone has no room for stays in memory, as long as the page is open; the page says so ("unkept").
const memory = Object.fromEntries(STORES.map((store) => [store, new Map()]));

export async function get(store, key) {
  return memory[store].get(key) ?? run(store, "readonly", (kept) => kept.get(key));
}

export async function all(store) {
  const found = await run(store, "readonly", (kept) => kept.getAll());
  const own = memory[store];
  if (!own.size) return found;
  const keys = await run(store, "readonly", (kept) => kept.getAllKeys());
  return [...found.filter((_, at) => !own.has(keys[at])), ...own.values()];
}

export async function put(store, key, value) {
  try {
    await run(store, "readwrite", (kept) => kept.put(value, key));
    memory[store].delete(key);
  } catch {
    keepInMemory(store, key, value);
  }
}

/** Put a value where what is kept still fits; in one step, so that nothing that was deleted comes back. */
export async function replace(store, key, value, fits) {
  const own = memory[store].get(key);
  let did = own !== undefined && fits(own);
  if (own === undefined) {
    await run(store, "readwrite", (kept) => {
      const asked = kept.get(key);
      asked.onsuccess = () => {
        did = asked.result !== undefined && fits(asked.result);
        if (did) kept.put(value, key);
      };
      return asked;
    }).catch((error) => {
      if (!did) throw error;
      keepInMemory(store, key, value);
    });
  } else if (did) await put(store, key, value);
  return did;
}

function keepInMemory(store, key, value) {
  memory[store].set(key, value);
  dispatchEvent(new Event("unkept"));
}

export function remove(store, key) {
  memory[store].delete(key);
  return run(store, "readwrite", (kept) => kept.delete(key));
}

/** Everything goes, the phone's key too. */
export function clear() {
  STORES.forEach((store) => memory[store].clear());
  return Promise.all(STORES.map((store) => run(store, "readwrite", (kept) => kept.clear())));
}

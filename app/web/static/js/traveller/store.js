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

export const get = (store, key) => run(store, "readonly", (kept) => kept.get(key));
export const all = (store) => run(store, "readonly", (kept) => kept.getAll());
export const put = (store, key, value) => run(store, "readwrite", (kept) => kept.put(value, key));
export const remove = (store, key) => run(store, "readwrite", (kept) => kept.delete(key));

/** Everything goes, the phone's key too. */
export const clear = () => Promise.all(STORES.map((store) => run(store, "readwrite", (kept) => kept.clear())));

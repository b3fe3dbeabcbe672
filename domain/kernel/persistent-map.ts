/** Each level of the trie looks at so many bits of a key's hash. */
const LEVEL_BITS = 5
const LEVEL_MASK = 2 ** LEVEL_BITS - 1

/** One entry. Others whose keys have the very same hash follow it. */
interface Leaf<Value> {
  readonly kind: "leaf"
  readonly hash: number
  readonly key: string
  readonly value: Value
  readonly next: Leaf<Value> | null
}

/** Up to 32 children, without gaps; `present` has a bit for each that is there. */
interface Branch<Value> {
  readonly kind: "branch"
  readonly present: number
  readonly children: readonly Node<Value>[]
}

type Node<Value> = Leaf<Value> | Branch<Value>

/**
 * A persistent map for state that grows for years: a hash trie, of which `set` copies one path and shares all else. With 100 000 entries
 * a change copies about 70 references. A Map copied per event made folds quadratic, and one of 512 Maps took a third of each command.
 */
export class PersistentMap<Value> {
  readonly #root: Node<Value> | null

  private constructor(root: Node<Value> | null) {
    this.#root = root
  }

  static empty<Value>(): PersistentMap<Value> {
    return new PersistentMap<Value>(null)
  }

  /** Counted, so that a change need not look whether its key is new. */
  get size(): number {
    return this.#root === null ? 0 : sizeOf(this.#root)
  }

  get(key: string): Value | undefined {
    return valueIn(this.#root, hashOf(key), key)
  }

  set(key: string, value: Value): PersistentMap<Value> {
    return new PersistentMap(withLeaf(this.#root, 0, { kind: "leaf", hash: hashOf(key), key, value, next: null }))
  }
}

const sizeOf = <Value>(node: Node<Value>): number =>
  node.kind === "branch" ? node.children.reduce((sum, child) => sum + sizeOf(child), 0) : 1 + (node.next === null ? 0 : sizeOf(node.next))

const valueIn = <Value>(root: Node<Value> | null, hash: number, key: string): Value | undefined => {
  let node: Node<Value> | null | undefined = root
  for (let shift = 0; node?.kind === "branch"; shift += LEVEL_BITS) {
    const bit = bitOf(hash, shift)
    if ((node.present & bit) === 0) return undefined
    node = node.children[placeOf(node.present, bit)]
  }
  while (node?.kind === "leaf" && node.key !== key) node = node.next
  return node?.value
}

/** Different hashes differ in one of their 32 bits, so they part at the seventh level at the latest. */
const withLeaf = <Value>(node: Node<Value> | null | undefined, shift: number, leaf: Leaf<Value>): Node<Value> => {
  if (node === null || node === undefined) return leaf
  if (node.kind === "leaf") {
    if (node.hash === leaf.hash) return { ...leaf, next: without(node, leaf.key) }
    return withLeaf({ kind: "branch", present: bitOf(node.hash, shift), children: [node] }, shift, leaf)
  }
  const { present } = node
  const bit = bitOf(leaf.hash, shift)
  const place = placeOf(present, bit)
  const children = node.children.slice()
  if ((present & bit) === 0) children.splice(place, 0, leaf)
  else children[place] = withLeaf(children[place], shift + LEVEL_BITS, leaf)
  return { kind: "branch", present: present | bit, children }
}

const without = <Value>(leaf: Leaf<Value> | null, key: string): Leaf<Value> | null => {
  if (leaf === null) return null
  return leaf.key === key ? leaf.next : { ...leaf, next: without(leaf.next, key) }
}

const bitOf = (hash: number, shift: number): number => 1 << ((hash >>> shift) & LEVEL_MASK)

/** How many of those present are before it. */
const placeOf = (present: number, bit: number): number => {
  let bits = present & (bit - 1)
  bits -= (bits >>> 1) & 0x55555555
  bits = (bits & 0x33333333) + ((bits >>> 2) & 0x33333333)
  return Math.imul((bits + (bits >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24
}

/** FNV-1a over the whole key: callers may choose keys with a common beginning or end. */
const hashOf = (key: string): number => {
  let hash = 0x811c9dc5
  for (let index = 0; index < key.length; index += 1) {
    hash = Math.imul(hash ^ key.charCodeAt(index), 0x01000193)
  }
  return hash >>> 0
}

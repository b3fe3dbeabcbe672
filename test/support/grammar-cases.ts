import type { Json } from "#infra/json-schema/shape.ts"

/** A schema, texts that fit it, and texts that do not. */
export type GrammarCase = readonly [name: string, schema: Json, fitting: readonly string[], others: readonly string[]]

const ABC = { type: "object", properties: { a: { type: "string" }, b: { type: "integer" }, c: { type: "boolean" } } }
const TREE = { type: "object", properties: { v: { type: "integer" }, kids: { type: "array", items: { $ref: "#/$defs/tree" } } }, required: ["v", "kids"], additionalProperties: false }
const IS_A = { type: "object", properties: { k: { const: "a" } }, required: ["k"] }
const IS_B = { type: "object", properties: { k: { const: "b" }, n: { type: "number" } }, required: ["k", "n"] }

/** All numbers around the bounds, on the right side. */
const bounded = (minimum: number, maximum: number): readonly GrammarCase[] => {
  const numbers = Array.from({ length: 2_601 }, (_, n) => n - 1_300).filter((n) => n >= minimum - 60 && n <= maximum + 60)
  const [within, beyond] = [numbers.filter((n) => n >= minimum && n <= maximum), numbers.filter((n) => n < minimum || n > maximum)]
  const texts = [within.map(String), beyond.map(String)] as const
  return [
    [`integers from ${minimum} to ${maximum}`, { type: "integer", minimum, maximum }, texts[0], [...texts[1], "01", "1.5"]],
    [
      `numbers from ${minimum} to ${maximum}`, { type: "number", minimum, maximum },
      [...texts[0], `${maximum}.0`, ...within.slice(1).filter((n) => n > 0).map((n) => `${n - 1}.25`)], [...texts[1], maximum >= 0 ? `${maximum}.01` : `${minimum}.01`],
    ],
  ]
}

const FORMATS = [
  ["date", "2026-11-25", "2026-13-01"], ["time", "10:00:00Z", "25:00:00Z"], ["date-time", "2026-11-25T10:00:00.123+01:00", "2026-11-25"],
  ["uuid", "0190a000-0000-7000-8000-000000000001", "0190"], ["email", "a.b@c.de", "a@b"], ["ipv4", "192.168.0.255", "256.1.1.1"],
  ["hostname", "a.b-c.de", "-a.de"], ["uri", "https://a.de:80/x?y=z", "a.de"],
] as const

export const grammarCases: readonly GrammarCase[] = [
  [
    "an object with a property that must be there", { ...ABC, required: ["b"], additionalProperties: false },
    [`{"b":1}`, `{"a":"x","b":-1}`, `{"b":0,"c":true}`, `{ "a": "", "b": 1, "c": false }`],
    [`{}`, `{"a":"x"}`, `{"b":1,"a":"x"}`, `{"b":01}`, `{"b":1.5}`, `{"b":1,}`, `{,"b":1}`],
  ],
  ["an object whose properties may all be missing", ABC, [`{}`, `{"c":true}`, `{"a":"x","c":true}`], [`{,}`, `{"a":"x",}`, `{"d":1}`]],
  [
    "an object with further properties", { ...ABC, required: ["b"], additionalProperties: { type: "number" } },
    [`{"b":1,"z":1.5}`, `{"b":1,"aa":1,"":2}`, `{"b":1, "c":true , "cc":1e3}`],
    [`{"b":1,"a":1}`, `{"b":1,"c":1}`, `{"b":1,"z":"x"}`, String.raw`{"b":1,"\u0061":1}`],
  ],
  ["an object of any names", { type: "object", additionalProperties: { type: "number" } }, [`{}`, `{"x":1}`, `{"x":1, "y":2}`], [`{"x":true}`]],
  ["names that JSON escapes", { type: "object", properties: { "a\"b\n": { type: "null" } }, additionalProperties: true }, [String.raw`{"a\"b\n":null}`, `{"a":1}`, `{"ab":1}`], []],
  ...bounded(0, 0), ...bounded(1, 12), ...bounded(-5, 5), ...bounded(7, 123), ...bounded(-120, -9), ...bounded(99, 1001),
  ["safe integers", { type: "integer", minimum: -9007199254740991, maximum: 9007199254740991 }, ["9007199254740991", "-9007199254740991", "0"], ["9007199254740992"]],
  ["a number above another", { type: "integer", exclusiveMinimum: 0 }, ["1", "10"], ["0", "-1"]],
  ["a number below another", { type: "integer", exclusiveMaximum: 0 }, ["-1", "-10"], ["0", "1"]],
  ["two or three items", { type: "array", items: { type: "integer" }, minItems: 2, maxItems: 3 }, ["[1,2]", "[1, 2, 3]"], ["[]", "[1]", "[1,2,3,4]"]],
  ["any number of items", { type: "array", items: { type: "integer" } }, ["[]", "[1]", "[1,2]"], ["[1,]", "[,1]"]],
  ["no items", { type: "array", maxItems: 0 }, ["[]"], ["[1]"]],
  [
    "items in their places", { type: "array", prefixItems: [{ type: "string" }, { type: "integer" }], items: { type: "boolean" }, minItems: 1 },
    [`["x"]`, `["x",1]`, `["x",1,true,false]`], ["[]", `["x",true]`, "[1]"],
  ],
  ["no items beyond these", { type: "array", prefixItems: [{ type: "string" }], items: false }, [`["x"]`, `[]`], [`["x",1]`]],
  [
    "items in their places and more", { type: "array", prefixItems: [{ type: "string" }, { type: "null" }], items: { type: "boolean" }, minItems: 3, maxItems: 4 },
    [`["x",null,true]`], [`["x",null]`, `["x",null,true,true,true]`],
  ],
  [
    "a short text or null", { anyOf: [{ type: "string", minLength: 2, maxLength: 3 }, { type: "null" }] },
    [`"ab"`, `"abc"`, "null", String.raw`"\u00e9x"`, `"é🙂"`], [`"a"`, `"abcd"`],
  ],
  ["a list of types", { type: ["string", "null"], description: "x" }, [`"x"`, "null"], ["1"]],
  ["constants", { enum: ["a\"b", 1, null, true, { x: [1] }, "é\n"] }, [String.raw`"a\"b"`, "1", "null", `{"x":[1]}`, String.raw`"é\n"`], [`"c"`]],
  ["a constant with control characters", { const: "\b\f\u0001" }, [String.raw`"\b\f\u0001"`], [`"b"`]],
  ["a definition that contains itself", { $defs: { tree: TREE }, $ref: "#/$defs/tree" }, [`{"v":1,"kids":[{"v":2,"kids":[]}]}`], [`{"v":1,"kids":[{"v":2}]}`]],
  [
    "a schema that contains itself", { type: "object", properties: { next: { anyOf: [{ $ref: "#" }, { type: "null" }] } }, required: ["next"], additionalProperties: false },
    [`{"next":{"next":null}}`], [`{"next":1}`],
  ],
  ["one of two that differ", { oneOf: [IS_A, IS_B] }, [`{"k":"a"}`, `{"k":"b","n":1}`], [`{"k":"a","n":1}`, `{"k":"c"}`]],
  ["all of one", { allOf: [{ type: "string" }] }, [`"x"`], ["1"]],
  ...FORMATS.map(([format, fitting, other]): GrammarCase => [`a text of the form ${format}`, { type: "string", format }, [JSON.stringify(fitting)], [JSON.stringify(other)]]),
  ["a text of 2 000 characters", { type: "string", maxLength: 2_000 }, [JSON.stringify("x".repeat(2_000))], [JSON.stringify("x".repeat(2_001))]],
  ["a thousand properties", { type: "object", properties: Object.fromEntries(Array.from({ length: 1_000 }, (_, n) => [`p${n}`, { type: "string" }])) }, ["{}", `{"p999":""}`], [`{"x":1}`]],
  ["a thousand constants", { enum: Array.from({ length: 1_000 }, (_, n) => `value ${n}`) }, [`"value 999"`], [`"value 1000"`]],
  ["anything", {}, ["1", "[]", `{"a":1}`], ["", "x"]],
]

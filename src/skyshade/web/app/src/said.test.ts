import { expect, test } from "vitest";
import { sentence, speaker } from "./said";
import type { Claim } from "./types";

const claim: Claim = {
  id: "a",
  subject: "regiment-4",
  attribute: "delivered",
  stance: "announces",
  value: null,
  unit: null,
  says: "",
  valid: "2024-late",
  when: "late 2024",
  reported: "2023-08-28",
  speaker: "Denis Alipov",
  office: "Ambassador of Russia to India",
  side: "seller",
  interested: true,
  note: "",
  source: "lok2308",
};

test("a statement has its stance and its date", () => {
  expect(sentence(claim, "delivered")).toBe("promised: delivered, late 2024");
  expect(sentence({ ...claim, stance: "denies", says: "still due" }, "delivered")).toBe(
    "denied: delivered: still due, late 2024",
  );
});

test("a party that speaks of itself is marked", () => {
  expect(speaker(claim)).toBe(
    "Denis Alipov, Ambassador of Russia to India, speaking for the seller",
  );
  expect(speaker({ ...claim, interested: false })).toBe(
    "Denis Alipov, Ambassador of Russia to India",
  );
  expect(speaker({ ...claim, speaker: "", office: "" })).toBe("");
});

import assert from "node:assert/strict";
import { test } from "node:test";

import { load } from "./load.mjs";

const {
  ivText, percentText, narrowPrice, plainText, priceText, shortText, signed, sizeNoun, sizeText, strikeText,
  tickText,
} = await load("numbers.ts");
const LOTS = { size: "lots", numbers: "indian" };
const UNITS = { size: "units", numbers: "plain" };

test("unknown is a dash, and 0 is 0", () => {
  for (const unknown of [null, undefined, NaN]) {
    assert.equal(shortText(unknown, "indian"), "–");
    assert.equal(ivText(unknown), "–");
    assert.equal(priceText(unknown, LOTS), "–");
    assert.equal(narrowPrice(unknown), "–");
    assert.equal(sizeText(unknown, 75, LOTS), "–");
    assert.equal(strikeText(unknown), "–");
    assert.equal(signed(shortText(unknown, "plain"), unknown), "–");
  }
  assert.equal(shortText(0, "indian"), "0");
  assert.equal(ivText(0), "0.0");
});

test("lakh and crore, or plain", () => {
  assert.equal(shortText(55_575, "indian"), "55,575");
  assert.equal(shortText(2_502_000, "indian"), "25.02 L");
  assert.equal(shortText(10_600_000, "indian"), "1.06 Cr");
  assert.equal(shortText(-1_235_000, "indian"), "−12.35 L");
  assert.equal(shortText(123_456_700_000, "indian"), "12,346 Cr");
  assert.equal(shortText(1_222_112_300_000, "indian"), "1.22 L Cr");
  assert.equal(shortText(-9_223_372_036_854_775_807, "indian"), "−92,23,372 L Cr");
  assert.equal(shortText(1_222_112_300_000, "plain"), "1.22T");
  assert.equal(shortText(1_125_000_000_000_000, "plain"), "1,125T");
  assert.equal(shortText(9_999_960_000, "indian"), "1,000 Cr");
  assert.equal(plainText(1_234_567, "indian"), "12,34,567");
  assert.equal(shortText(55_575, "plain"), "55,575");
  assert.equal(plainText(1_234_567, "plain"), "1,234,567");
});

test("what rounds up to a crore is called one", () => {
  assert.equal(shortText(9_999_999, "indian"), "1.00 Cr");
  assert.equal(shortText(9_990_000, "indian"), "99.90 L");
});

test("ticks are as short as they are exact", () => {
  assert.equal(tickText(5_000_000, "indian"), "50 L");
  assert.equal(tickText(12_500_000, "indian"), "1.25 Cr");
  assert.equal(tickText(-750, "plain"), "−750");
  assert.equal(tickText(2_500_000, "plain"), "2.5M");
  assert.equal(tickText(2_500_000_000_000, "indian"), "2.5 L Cr");
});

test("lots where the lot is known, else units", () => {
  assert.equal(sizeText(189_110 * 75, 75, LOTS), "1.89 L");
  assert.equal(sizeText(7500, 75, UNITS), "7,500");
  assert.equal(sizeNoun(75, LOTS), "lots");
  assert.equal(sizeText(7500, null, LOTS), "7,500");
  assert.equal(sizeNoun(null, LOTS), "units");
});

test("figures as traders write them", () => {
  assert.equal(ivText(0.1243), "12.4");
  assert.equal(percentText(-0.34), "−34.0 %");
  for (const [price, text] of [
    [0.1525, "0.1525"], [0.00688, "0.00688"], [0.000065, "0.000065"], [0.05, "0.05"],
    [0.5, "0.50"], [0, "0.00"], [-0.0125, "−0.0125"], [1.0005, "1.00"],
  ]) {
    assert.equal(priceText(price, LOTS), text);
    assert.equal(narrowPrice(price), text.replace("−", "-"));
  }
  assert.equal(priceText(24_450.35, LOTS), "24,450.35");
  assert.equal(narrowPrice(97_000_000.5), "97000000.50");
  assert.equal(narrowPrice(987_654_321_012), "987.65B");
  assert.equal(strikeText(24500), "24500");
  assert.equal(strikeText(0.1 + 0.2), "0.3");
  assert.equal(signed("34.0 %", 34), "+34.0 %");
  assert.equal(signed("−34.0 %", -34), "−34.0 %");
});

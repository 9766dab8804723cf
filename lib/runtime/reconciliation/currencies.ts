/**
 * Decimal digits of currencies that have others than two, from the list of active codes of ISO 4217 (list one, maintained by SIX).
 *
 * @see https://www.six-group.com/en/products-services/financial-information/data-standards.html
 */
const OTHER_DIGITS: Readonly<Record<number, string>> = {
  0: 'BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF',
  3: 'BHD IQD JOD KWD LYD OMR TND',
  4: 'CLF UYW',
};

const TWO_DIGITS =
  'AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE CHF CHW CNY COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST XAD XCD XCG YER ZAR ZMW ZWG';

/** Decimal digits by currency; those of the rules go before. */
export function minorUnitsOf(own: Readonly<Record<string, number>> = {}): ReadonlyMap<string, number> {
  const digits = new Map(TWO_DIGITS.split(' ').map((code) => [code, 2]));
  for (const [count, codes] of Object.entries(OTHER_DIGITS)) for (const code of codes.split(' ')) digits.set(code, Number(count));
  for (const [code, count] of Object.entries(own)) digits.set(code, count);
  return digits;
}

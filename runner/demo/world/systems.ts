import { civilAffairs } from './civil-affairs.ts';
import { goldenInsurance, goldenInsuranceRates } from './golden-insurance.ts';
import { goldenShield, goldenShieldRates } from './golden-shield.ts';
import { goldenTax, goldenTaxRates } from './golden-tax.ts';
import { industryCommerce, industryCommerceRates } from './industry-commerce.ts';
import { qualityCodes, qualityCodesRates } from './quality-codes.ts';
import { registerRates } from './register.ts';
import type { Rates, SampleSystem, SystemName } from './sample-system.ts';
import { staffingOffice } from './staffing-office.ts';

export const SAMPLE_SYSTEMS: Readonly<Record<SystemName, SampleSystem>> = {
  'golden-shield': goldenShield,
  'golden-insurance': goldenInsurance,
  'industry-commerce': industryCommerce,
  'quality-codes': qualityCodes,
  'golden-tax': goldenTax,
  'staffing-office': staffingOffice,
  'civil-affairs': civilAffairs,
};

/** Faults a million rows, as drawn; one that a row cannot have (a broken code where there is none) is left out of it. */
export const FAULT_RATES: Readonly<Record<SystemName, Rates>> = {
  'golden-shield': goldenShieldRates,
  'golden-insurance': goldenInsuranceRates,
  'industry-commerce': industryCommerceRates,
  'quality-codes': qualityCodesRates,
  'golden-tax': goldenTaxRates,
  'staffing-office': registerRates,
  'civil-affairs': registerRates,
};

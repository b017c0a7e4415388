/** A department that sends a list of people as files, for tests of the program. `LIST_FOLDER` is where they lie. */
export const COUNTY_LIST = `system: county-list
title: { zh: 县人员名册, en: County list }
owner: { name: 某县民政局, uscc: '116300000150010146' }
authority: civil-affairs
connector: csv
connection: { folder: '\${LIST_FOLDER}' }
streams:
  persons:
    title: 人员名册
    source: { files: '*.csv', key: [编号], encoding: utf-8 }
    base: population
    mapping:
      citizenNumber: { from: 身份证号, as: citizen-number }
      name: { from: 姓名, as: person-name }
`;

/*
 * What the columns of the sample systems are that no mapping names, judged by a person: `|` between kinds that would
 * all be right. Columns that a mapping names are compared with it.
 */
const TABLE = `
golden-shield/residents        RYBH row-key, GXSJ date-time
golden-insurance/insured       AAE036 date-time
golden-tax/taxpayers           ZGSWJG entity-name, GXSJ date-time
staffing-office/institutions   编制证号 row-key, 举办单位 entity-name, 经费来源 code
civil-affairs/organisations    登记证号 row-key, 业务主管单位 entity-name, 年检年度 year, 年检结果 code
golden-office/documents        WJID row-key, FWZH text|row-key, BT name, FWJG entity-name, WZ code, CWRQ chinese-date, MJ code, ZTC text, ZW text
golden-audit/projects          XMBH row-key, BSJDW entity-name, TYSHXYDM uscc, XZQH region, SJLX code, SJND year, JCRQ chinese-date, BGRQ chinese-date, SJJG entity-name
golden-audit/findings          WTBH row-key, XMBH row-key|code, WTLX code, WTMS text, SJJE_WY amount, CLFS code, ZGZT code, ZGQX chinese-date
golden-tax-revenue/revenue     XH row-key, ZSXM_DM code, GXSJ date-time
emergency-command/incidents    SJBH row-key, SJDL code, SJXL code, SJJB code, FSSJ date-time, BGSJ date-time, XZQH region, FSDD address, JD longitude, WD latitude, SJMS text, CZZT code, BSDW entity-name
golden-water/stations          MODITIME date-time
golden-water/readings          ID row-key, STCD code, TM date-time, Z number, Q number, DRP number
online-bidding/notices         GGBH row-key, XMMC name, JYLX code, ZBFS code, ZBR entity-name, ZBRDM uscc, XZQH region, YSJE amount, FBSJ date-time, JZSJ date-time
online-bidding/bids            TBBH row-key, GGBH row-key|code, TBRDM uscc, TBRMC entity-name, TBBJ amount, SFZB code
online-approval/cases          BJBH row-key, SXMC name, SQRMC entity-name, SQRDM uscc, SLRQ chinese-date, BJRQ chinese-date, BJJG code, BLJG entity-name, GXSJ date-time
archives/documents             IDENTIFIER row-key, DATESTAMP date-time, TM name|text, ZRZ entity-name, RQ chinese-date, ZTC text, WZ code, DH row-key, QWDZ url, QW text
golden-finance/budget          DQ region
golden-agriculture/crops       XH row-key
golden-agriculture/herds       XH row-key
grassland-contracts/contracts  HTBH row-key, QHDM region, XZ name|text, CBR person-name, SFZH citizen-number, CCLX code, MJ_M number, QSRQ chinese-date, ZZRQ chinese-date|chinese-date-end
golden-customs/declarations    BGDH row-key, JCK code, SBRQ chinese-date, QYDM uscc, SPBM code, GB code|name, SL number, JE_USD amount
financial-supervision/balances 不良贷款率 percent
administrative-units/units     SJMC name, SM text|code|kind:text
natural-resources/patches      ZDDM code|row-key
`;

/** By `system/stream`, then by column. */
export const KINDS_OF_OTHER_COLUMNS: Readonly<Record<string, Readonly<Record<string, string>>>> = Object.fromEntries(
  TABLE.trim()
    .split('\n')
    .map((line) => {
      const [stream = '', ...rest] = line.split(/\s+/);
      const columns = rest.join(' ').split(', ');
      return [stream, Object.fromEntries(columns.map((one) => one.split(' ')))];
    }),
);

/** Whether a failed connection failed by its certificate or its protocol: a person has to mend that. By the code of the platform. */
export const isTlsFault = (code: string): boolean =>
  /^(ERR_TLS|ERR_SSL|CERT_|CRL_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_|INVALID_|HOSTNAME_MISMATCH|EPROTO$)/.test(code);

import type { ErrorCode } from './errors.ts';

/** What an error is called and what a person does, for readers of Chinese; commands and settings stand as in the table. */
export interface ChineseTexts {
  readonly title: string;
  readonly remedy: string;
}

const both = (title: string, remedy: string): ChineseTexts => ({ title, remedy });

export const CHINESE: Readonly<Record<ErrorCode, ChineseTexts>> = {
  HUB_CONFIG_INVALID: both('设置或系统文件有误', '请更正消息中指出的字段；`hub describe` 列出全部设置及其允许的取值。'),
  HUB_ARGUMENT_INVALID: both(
    '命令得到了它不接受的参数',
    '请与允许的取值核对；`hub --help` 列出各命令，`hub run --help` 列出其中一个命令的参数。',
  ),
  HUB_CONFIG_SECRET_MISSING: both(
    '系统文件引用的密钥不在环境变量中',
    '请设置消息中指出的环境变量，然后再次运行 `hub check`。',
  ),

  HUB_SOURCE_UNREACHABLE: both('源系统没有应答', '请检查主机、端口、网络路径和防火墙；系统会逐次延长间隔自动重试。'),
  HUB_SOURCE_REFUSED: both('源系统拒绝登录', '请与该系统的主管部门核对用户名和口令。'),
  HUB_SOURCE_NO_RIGHTS: both('登录用户无权读取所需内容', '请主管部门授予消息中所列表的 SELECT 权限。'),
  HUB_SOURCE_OBJECT_MISSING: both(
    '系统文件所列的表、列、文件或数据流不存在',
    '请与消息中的清单核对；`hub discover` 显示源系统实际有什么。',
  ),
  HUB_SOURCE_SCHEMA_CHANGED: both(
    '源系统的列已与约定不符',
    '请与主管部门核实变更，调整映射，然后对该系统文件再次运行 `hub apply`。',
  ),
  HUB_SOURCE_BUSY: both('源系统处于免打扰时段或已达访问频率上限', '无需处理：到允许的时段会继续读取。'),
  HUB_SOURCE_READ_FAILED: both('读取源系统时中断', '会从检查点继续读取；若反复出现，请查看消息中的原因。'),
  HUB_SOURCE_LOG_LOST: both(
    '源系统已没有尚未读取的变更',
    '变更有缺失：请检查复制槽，再在系统文件中改用另一个 `slot` 全部重新读取；其间消失的行通过比对找出。',
  ),
  HUB_SOURCE_ROWS_REJECTED: both(
    '源系统的部分行未能接收',
    '请用 `hub quarantine list` 和 `hub quarantine show` 查看；改正源数据，或改正系统文件中该数据流的选项并运行 `hub apply`，然后再次运行；不值得改正的行用 `hub quarantine dismiss` 处理。',
  ),
  HUB_SOURCE_ROWS_GONE: both(
    '已收的行在源系统中不再出现',
    '这些行保留不动，等待决定：在系统文件中为该数据流设 `detectDeletes: true`，下次运行时与源系统一致；设 `detectDeletes: false` 则一直保留（适用于只给新增数据的源系统）；然后运行 `hub apply`。',
  ),
  HUB_SOURCE_KEY_REPEATED: both(
    '源数据的主键不唯一',
    '后读的行已取代先读的行。请在 `key` 下写明能唯一标识一行的列，然后对该系统运行 `hub apply` 和 `hub run`。',
  ),
  HUB_SOURCE_LOG_PARTIAL: both(
    '变更日志给出的内容少于表中的内容',
    '没有读取任何内容，复制槽会保留后续变更。请主管部门按消息所述处理，然后对该系统运行 `hub check` 和 `hub run`。',
  ),
  HUB_SOURCE_KEYS_VANISHED: both(
    '源系统一次消失的行过多',
    '请询问主管部门。若这些行确已不在，请在系统文件中为一次运行调高 `limits.maxVanishedShare`。',
  ),

  HUB_FILE_ENCODING: both(
    '字节不符合所声明的字符编码',
    '请在系统文件中声明正确的编码（`hub check` 会说明这些字节像什么编码），或请对方重新导出该行。',
  ),
  HUB_FILE_HEADER: both(
    '文件的列与约定不符',
    '请核对消息中的列：若只是写法不同，请更正 `key` 和 `columns`，否则请报送方更正文件。',
  ),
  HUB_FILE_FORMAT: both(
    '文件不是连接器所读的类型，或缺少一部分',
    '请按消息所允许的样式核对：请对方重新报送，或改用能读它的连接器。',
  ),
  HUB_FILE_CONTRADICTION: both(
    '文件内或旁边的标记与系统文件矛盾',
    '请向主管部门核实哪一个正确，在系统文件中写明（`encoding`、`crs`），并请其更正标记。',
  ),
  HUB_FILE_TABLE: both(
    '工作表中表格不在约定的位置',
    '消息显示了实际内容；请据此设置该数据流的 `sheet`、`head` 或 `title`。',
  ),
  HUB_FILE_TRUNCATED: both(
    '文件长度与文件头所述不符',
    '请对方重新报送；中断之前读到的内容保留，改动后的文件从头读取。',
  ),
  HUB_FILE_TOO_LARGE: both('文件或其文件头声称的大小超过限制', '请检查文件；若确有这么大，请在系统文件中调高限制。'),
  HUB_FILE_RECORD: both('文件中的一条记录无法读取', '原始字节及其位置在隔离区；请更正文件后重新报送。'),
  HUB_FILE_UNREADABLE: both(
    '一个文件无法读取，已搁置；其余文件照常读取',
    '消息写明文件名和原因：请对方重新报送。文件或系统文件改动后会再次读取。',
  ),

  HUB_SCHEMA_INVALID: both('不是有效的 Avro 模式', '请更正消息所指路径处的模式。'),
  HUB_REVIEW_REFUSED: both('该核定不能成立', '请看消息：须由另一人复核，或者这些行不可能属于同一主体。'),
  HUB_REVIEW_TEARS: both(
    '该核定会把一些行从主体中拆出',
    '请用 `hub review foresee <base> confirm <row> <row>` 查看；若确应拆开，请加 `--tear-apart` 再次核定，否则请先核定消息所列的行。',
  ),
  HUB_QUARANTINE_REFUSED: both('隔离条目不能这样处理', '`hub quarantine show` 显示其列、取值和规则所发现的问题。'),
  HUB_LINK_MODEL: both('关联模型无法使用', '请看消息；`hub link list` 列出各版本，`hub link promote` 启用另一个版本。'),
  HUB_SCHEMA_INCOMPATIBLE: both('模式与已登记的不兼容', '请为新字段加默认值并保持旧字段的类型，或改用新的数据流名称。'),
  HUB_SCHEMA_UNKNOWN: both('消息引用的模式编号未登记', '请查明消息由谁写入；登记该模式后从隔离区重放。'),
  HUB_MESSAGE_MALFORMED: both('消息与其模式不符或超出解码限制', '原始字节和位置在隔离区；请查明写入它的程序。'),

  HUB_LOG_TOPIC_MISSING: both('事件日志中没有该主题', '主题由 `hub apply` 建立；请对该主题所属的系统文件运行它。'),
  HUB_LOG_TOPIC_RENEWED: both('主题在使用中被删除，也可能已重建', '无需处理：主题会在需要时建立，并从头读取。'),
  HUB_LOG_TRIMMED: both(
    '事件日志已没有尚未取走的消息',
    '请延长主题的保留时间（`hub doctor`）。`hub rebuild <base> --system <system>` 以日志现有内容继续，基础库已有的内容保留；然后对系统文件运行 `hub apply`，重新读取源系统。',
  ),
  HUB_LOG_DAMAGED: both(
    '事件日志中间缺少消息',
    '没有跳过任何内容：读取停在缺失之前。请用含有这些消息的备份恢复枢纽的数据库，然后对系统文件运行 `hub apply`。',
  ),
  HUB_LOG_BEHIND_BASE: both(
    '事件日志比已取走的少：恢复到了较早的状态',
    '`hub rebuild <base> --system <system>` 从头取用日志现有的内容，基础库已有的内容保留；然后对系统文件运行 `hub apply`。',
  ),
  HUB_LOG_KEPT_OTHERWISE: both(
    '主题的保留时间短于应有的时间',
    '请按消息所述设置，在 Kafka 上用 `kafka-configs.sh --alter --entity-type topics`：在此之前，仍需要的消息可能会消失。',
  ),
  HUB_LOG_REFUSED: both('事件日志拒绝登录或读写主题', '请检查设置中的用户和口令，以及代理服务器或数据库的访问规则。'),
  HUB_LOG_UNAVAILABLE: both('事件日志没有应答', '请检查代理服务器或数据库；恢复后会自动继续。'),
  HUB_LOG_MESSAGE_TOO_LARGE: both('消息超过日志允许的大小', '请在系统文件中去掉过大的列，或在两端都调高限制。'),

  HUB_RECORD_INVALID: both('记录违反致命级（F）规则', '问题与记录一同列在隔离区；请更正取值或映射后重放。'),
  HUB_RECORD_CRASHED: both('处理该记录时出现未预料的失败', '请报告记录位置和原因；修复后重放。'),
  HUB_MAPPING_INVALID: both('映射引用了未知的转换、列或属性', '请使用消息所列的允许名称。'),
  HUB_PIPELINE_BREAKER: both(
    '一批中大部分被拒：是源系统变了，不是个别坏行',
    '请查看 `hub quarantine list`，更正映射，然后再次对该系统运行 `hub run`。',
  ),
  HUB_PIPELINE_STOPPED: both('处理流程已停止，等待人工', '原因见消息；更正后对系统文件再次运行 `hub apply`。'),

  HUB_RUN_FENCED: both('另一工作进程已接管这次运行', '无需处理：由较新的进程继续；本进程已停止。'),
  HUB_RUN_INTERRUPTED: both('工作进程关闭，运行已退回', '无需处理：会从检查点继续。'),
  HUB_RUN_PENDING: both('该系统已有待执行或正在执行的运行', '请等待；`hub status` 显示进度。'),
  HUB_STORE_UNAVAILABLE: both('数据库没有应答', '请检查 PostgreSQL 是否运行、DATABASE_URL 是否正确。'),
  HUB_STORE_BUSY: both(
    '未能及时取得空闲的数据库连接',
    '若很快恢复则无需处理；若反复出现，请调高 HUB_DATABASE_CONNECTIONS。',
  ),
  HUB_STORE_SLOW: both(
    '语句执行超过允许的时间，已被终止',
    '请缩小一次查询的范围；若反复出现，请查看数据库在忙什么（`pg_stat_activity`）。',
  ),
  HUB_STORE_UNFIT: both(
    '数据库不符合枢纽的要求',
    '请以 LC_CTYPE C.UTF-8、fsync=on、synchronous_commit=on 建立数据库。',
  ),
  HUB_STORE_MIGRATION: both(
    '数据库迁移缺失、被改动或失败',
    '请运行 `hub migrate`：新库或旧版程序的库会补上所缺部分。若消息说某个迁移被改动，请使用写入该库的那个版本的程序。',
  ),
  HUB_STORE_NEWER: both('较新版本的程序已改动数据库', '请在此处也启动较新版本；已开始的工作从检查点继续，不会丢失。'),
  HUB_STACK_FAILED: both(
    '内置服务无法启动',
    '其日志的最后几行在消息中：请释放其中所指的端口、磁盘空间或权限。数据保持原样。',
  ),
  HUB_STACK_NOT_READY: both(
    '内置服务尚未就绪',
    '请稍后再次启动：崩溃之后它会先修复文件。若反复出现，其日志的最后几行会说明原因。',
  ),

  HUB_RECORDS_REJECTED: both(
    '部分记录被基础库的规则拒收',
    '请用 `hub quarantine list` 查看；改正个别行用 `hub quarantine mend`，改正映射后运行 `hub apply` 和 `hub quarantine replay`；不值得改正的用 `hub quarantine dismiss` 处理。',
  ),
  HUB_CATALOG_NOT_FOUND: both(
    '没有这个名称的内容',
    '请使用允许的名称，名称区分大小写。`hub status` 列出各系统，`hub apply` 纳入新系统；`hub review list`、`hub quarantine list` 和 `hub link list` 列出其他有名称的内容；资源和实体请在目录中检索。',
  ),
  HUB_CATALOG_CLOSED: both(
    '此项内容不对所有人开放',
    '请在枢纽所在的机器上查询：`hub find <base> <scheme> <number>`。`http.openLookup: true` 会向能访问目录的所有人开放，他们便可以猜测号码。',
  ),
  HUB_CATALOG_BUSY: both('同时请求的大型应答过多', '请在 Retry-After 标头所给的秒数之后再试，或缩小查询的键或条数。'),
  HUB_PROOF_INVALID: both(
    '审计日志与所签署的不符',
    '请勿改动数据库，并保留数据库和检查点的副本。对较早的镜像运行 `hub audit verify --folder <folder>` 可知原来的内容；请查明谁能写入其中的 exchange 模式。',
  ),
  HUB_PUSH_REFUSED: both(
    '推送无法证明其来源',
    '请与系统文件核对密钥、签名文本和时钟；webhook 连接器的 README 有示例。',
  ),
  HUB_PUSH_MALFORMED: both('推送不符合约定的格式', '请按系统文件约定的格式发送；允许的格式见消息。'),
  HUB_PUSH_TOO_LARGE: both(
    '推送的字节数超过该系统的上限',
    '请在一次投递中少发记录，或调高系统文件的 `connection.maxBodyBytes`，最大 4194304。',
  ),
  HUB_PUSH_MEDIA: both(
    '推送的形式不能读取',
    '请以 UTF-8 编码的 JSON 发送，内容类型为 application/json，不压缩，并对这些字节签名。',
  ),
  HUB_PUSH_CONFLICT: both(
    '推送与此前已接收的矛盾',
    '请给每次投递各自的编号；发往别处的内容请重新签名，并使签名文本含有时间或编号。',
  ),
  HUB_ACCESS_SIGN_IN: both('请先登录', '请在 `/sign-in` 登录；尚无账号的，请向安全管理员申请。'),
  HUB_ACCESS_DENIED: both('您的角色无权进行此操作', '角色由安全管理员授予；`/me` 列出您现有的角色。'),
  HUB_ACCESS_REFUSED: both(
    '登录未通过',
    '请用您的登录名和密码重试；遗忘的，请安全管理员另发设置链接：`hub person link`。',
  ),
  HUB_ACCESS_LOCKED: both('账号暂时锁定', '请等待消息所示的时间；此后每再输错一次，时间加倍，最长一小时。'),
  HUB_ACCESS_FORGED: both(
    '表单来自别处',
    '请重新打开页面并提交该页面自己的表单。程序须带标头 X-Form-Token；经代理访问时，`http.publicUrl` 为浏览器所用的地址。',
  ),
  HUB_ACCESS_CONFIRM: both('需要再次输入密码', '请在 `/confirm` 输入，十分钟内有效。'),
  HUB_ACCESS_LINK: both(
    '设置链接已失效',
    '请安全管理员另发：`hub person link`。平台的首个链接在每次启动 `hub up` 或 `hub serve` 时给出。',
  ),
  HUB_ACCESS_PASSWORD: both('密码容易被猜中', '请选用更长的密码：一句别人不会说的话就很好。'),
  HUB_ACCESS_PERSON: both('不能如此登记人员', '消息说明了应如何填写；`hub person list` 列出已有人员。'),
  HUB_ACCESS_ROLE: both('不能如此授予或结束角色', '消息说明了原因；`hub person list` 列出各人所任角色。'),
  HUB_ACCESS_SIGNATURE: both(
    '请求的签名不成立',
    '请按 RFC 9421 并依消息所示逐个请求重新签名；catalog/access 的 README 有示例程序。',
  ),
  HUB_ACCESS_SIGNATURE_TIME: both('签名的时间不符', '请在发送时签名，并以时间服务器校准调用方的时钟。'),
  HUB_ACCESS_SIGNATURE_REPEATED: both('签名已被使用', '每个请求（包括重发）都请用新的随机数（nonce）重新签名。'),
  HUB_ACCESS_SIGNATURE_KEY: both(
    '签名所用的密钥无效',
    '平台运行人员用 `hub key list` 查看密钥，用 `hub key add` 登记；参数 keyid 即其中的名称。',
  ),
  HUB_ACCESS_SIGNATURE_BODY: both(
    '正文与所签内容不符',
    '请对所发送的正文字节计算标头 Content-Digest（RFC 9530），并使签名涵盖它。',
  ),
  HUB_ACCESS_KEY: both('不能如此登记或撤销密钥', '消息说明了原因；`hub key list` 列出已有密钥。'),
  HUB_ORGANISATION_INVALID: both(
    '机构资料有误',
    '没有作任何更改。请更正消息所指各行，再运行 `hub organisation import <file>`。',
  ),
  HUB_REQUEST_INVALID: both(
    '请求缺少参数或参数有误',
    '请看允许的取值；`/api/docs` 说明各地址，`hub --help` 说明各命令。',
  ),
  HUB_INTERNAL: both('枢纽自身发生未预料的失败', '请连同前后的日志一起报告。'),
};

import type { Earlier, FoundFile, KnownFile, Listing } from './listing.ts';
import type { OpenFile } from './open-file.ts';

/** Where the files of a connection are. Nothing is ever written, moved or deleted there. */
export interface FilePlace extends AsyncDisposable {
  /** For a steward. */
  describe(): string;
  list(pattern: string, at: { readonly now: Date; readonly earlier?: Earlier }): Promise<Listing>;
  /** The file for reading; fetched first when it is elsewhere. */
  take(found: FoundFile): Promise<OpenFile>;
  /** What lies beside a file under the same name with another ending, such as `.dbf`; case does not matter. */
  beside(found: FoundFile, ending: string): Promise<FoundFile | null>;
  /** What tells a finished file without opening it; null when its first bytes must be looked at. */
  known(found: FoundFile): KnownFile | null;
}

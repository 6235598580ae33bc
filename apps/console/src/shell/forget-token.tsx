import { setToken, token } from "../api/token.ts";
import { useStore } from "../live/make-store.ts";

export function ForgetToken() {
  if (useStore(token) === "") return null;
  return (
    <button
      type="button"
      className="quiet"
      onClick={() => {
        setToken("");
        // Streams that were opened with it end with the page.
        location.reload();
      }}
    >
      Forget token
    </button>
  );
}

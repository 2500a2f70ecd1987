// Not in the page itself, because its content security policy allows no inline script.
"use strict";

SwaggerUIBundle({
  url: "openapi.json",
  dom_id: "#explorer",
  deepLinking: true,
  displayRequestDuration: true,
  showExtensions: false,
  tryItOutEnabled: true,
  validatorUrl: null,
});

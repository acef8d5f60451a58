import ca.uhn.fhir.context.FhirContext;
import ca.uhn.fhir.context.support.DefaultProfileValidationSupport;
import ca.uhn.fhir.context.support.IValidationSupport;
import ca.uhn.fhir.validation.FhirValidator;
import ca.uhn.fhir.validation.SingleValidationMessage;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;
import java.util.zip.GZIPInputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.hl7.fhir.common.hapi.validation.support.CommonCodeSystemsTerminologyService;
import org.hl7.fhir.common.hapi.validation.support.InMemoryTerminologyServerValidationSupport;
import org.hl7.fhir.common.hapi.validation.support.UnknownCodeSystemWarningValidationSupport;
import org.hl7.fhir.common.hapi.validation.support.ValidationSupportChain;
import org.hl7.fhir.common.hapi.validation.validator.FhirInstanceValidator;
import org.hl7.fhir.instance.model.api.IBaseResource;
import org.hl7.fhir.r4.model.CodeSystem;

/**
 * Resources of FHIR R4 in, one a line; what HL7's validator says of them out, one remark a line:
 * number of the resource from 1, severity, place, key of the message, message, between tabs. A line
 * {@code number TAB done} follows the remarks on each resource, so that a crash cannot pass for
 * a clean bill.
 */
final class Validate {
    public static void main(String[] args) throws IOException {
        FhirValidator validator = validator(FhirContext.forR4());
        PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        BufferedReader in =
                new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        int number = 0;
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            number++;
            try {
                for (SingleValidationMessage each :
                        validator.validateWithResult(line).getMessages()) {
                    out.println(remark(number, each.getSeverity().getCode(),
                            each.getLocationString(), each.getMessageId(), each.getMessage()));
                }
            } catch (RuntimeException broken) { // some resources are too odd even to be read
                out.println(remark(number, "fatal", "", broken.getClass().getSimpleName(),
                        broken.getMessage()));
            }
            out.println(number + "\tdone");
        }
    }

    private static String remark(int number, String... words) {
        StringBuilder line = new StringBuilder().append(number);
        for (String word : words) {
            line.append('\t').append(word == null ? "" : word.replaceAll("\\s+", " "));
        }
        return line.toString();
    }

    /** R4's own definitions and code systems; a code system nobody here knows is a warning. */
    private static FhirValidator validator(FhirContext r4) {
        UnknownCodeSystemWarningValidationSupport unknown =
                new UnknownCodeSystemWarningValidationSupport(r4);
        unknown.setNonExistentCodeSystemSeverity(IValidationSupport.IssueSeverity.WARNING);
        FhirInstanceValidator rules = new FhirInstanceValidator(new ValidationSupportChain(
                new LaterTables(r4),
                new DefaultProfileValidationSupport(r4),
                new CommonCodeSystemsTerminologyService(r4),
                new InMemoryTerminologyServerValidationSupport(r4),
                new LaterElements(r4),
                unknown));
        rules.setAnyExtensionsAllowed(true);
        return r4.newValidator().registerValidatorModule(rules);
    }
}

/** What HL7 packs its definitions in. */
final class Packed {
    private Packed() {}

    static void each(String archive, String beginning, Consumer<JsonObject> take) {
        try (TarArchiveInputStream files = new TarArchiveInputStream(
                new GZIPInputStream(Packed.class.getResourceAsStream(archive)))) {
            for (TarArchiveEntry each = files.getNextEntry(); each != null;
                    each = files.getNextEntry()) {
                if (each.getName().startsWith(beginning)) {
                    Reader text = new InputStreamReader(files, StandardCharsets.UTF_8);
                    take.accept(JsonParser.parseReader(text).getAsJsonObject());
                }
            }
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }
}

/**
 * The tables of HL7 v2 as they are now: R4 has them as of 2018, and codes have come since (PGN for a
 * placer group's number, S38 and on for what happens to appointments).
 */
final class LaterTables implements IValidationSupport {
    private static final String PACKED = "/org/hl7/fhir/r5/packages/hl7.terminology-5.1.0.tgz";
    private static final String TABLES = "http://terminology.hl7.org/CodeSystem/v2-";

    private final FhirContext context;
    private final Map<String, String> known = new HashMap<>();

    LaterTables(FhirContext context) {
        this.context = context;
        Packed.each(PACKED, "package/CodeSystem-v2-",
                table -> known.put(table.get("url").getAsString(), table.toString()));
    }

    @Override
    public FhirContext getFhirContext() {
        return context;
    }

    @Override
    public IBaseResource fetchCodeSystem(String url) {
        String table = url.startsWith(TABLES) ? known.get(url) : null;
        return table == null ? null : context.newJsonParser().parseResource(CodeSystem.class, table);
    }
}

/**
 * R5's elements, which R4 may carry as extensions ({@code http://hl7.org/fhir/5.0/...}): the list of
 * paths and types that HL7's validator asks for under a name of its own, made from R5's definitions.
 */
final class LaterElements implements IValidationSupport {
    private static final String WANTED = "xver-paths-5.0.json";
    private static final String R5 = "/org/hl7/fhir/r5/packages/hl7.fhir.r5.core-5.0.0.tgz";
    private static final String REFERENCE = "Reference";

    private final FhirContext context;

    LaterElements(FhirContext context) {
        this.context = context;
    }

    @Override
    public FhirContext getFhirContext() {
        return context;
    }

    @Override
    public byte[] fetchBinary(String key) {
        if (!WANTED.equals(key)) {
            return null;
        }
        JsonObject paths = new JsonObject();
        Packed.each(R5, "package/StructureDefinition-", definition -> add(paths, definition));
        return paths.toString().getBytes(StandardCharsets.UTF_8);
    }

    private static void add(JsonObject paths, JsonObject definition) {
        if (!"resource".equals(definition.get("kind").getAsString())
                || "constraint".equals(text(definition, "derivation"))) {
            return;
        }
        for (JsonElement one : definition.getAsJsonObject("snapshot").getAsJsonArray("element")) {
            JsonObject element = one.getAsJsonObject();
            String path = text(element, "path");
            JsonArray types = types(element);
            JsonObject said = new JsonObject();
            if (types.isEmpty()) {
                said.add("elements", new JsonArray());
            } else {
                said.add("types", types);
            }
            paths.add(path, said);
            int dot = path.lastIndexOf('.');
            JsonObject parent = dot < 0 ? null : paths.getAsJsonObject(path.substring(0, dot));
            if (parent != null && parent.has("elements")) {
                parent.getAsJsonArray("elements").add(path.substring(dot + 1));
            }
        }
    }

    /**
     * Types as the validator reads them, {@code Reference(Patient|Group)}; none of a backbone. R4 has
     * no CodeableReference: there it is one of the two.
     */
    private static JsonArray types(JsonObject element) {
        JsonArray types = new JsonArray();
        if (element.has("type")) {
            for (JsonElement one : element.getAsJsonArray("type")) {
                JsonObject type = one.getAsJsonObject();
                String code = text(type, "code");
                if (code.endsWith("Element")) {
                    return new JsonArray();
                }
                if ("CodeableReference".equals(code)) {
                    types.add("CodeableConcept");
                    code = REFERENCE;
                }
                types.add(REFERENCE.equals(code) ? REFERENCE + targets(type) : code);
            }
        }
        return types;
    }

    private static String targets(JsonObject type) {
        StringBuilder names = new StringBuilder();
        if (type.has("targetProfile")) {
            for (JsonElement each : type.getAsJsonArray("targetProfile")) {
                String url = each.getAsString();
                names.append(names.length() == 0 ? "(" : "|");
                names.append(url.substring(url.lastIndexOf('/') + 1));
            }
            names.append(')');
        }
        return names.toString();
    }

    private static String text(JsonObject of, String name) {
        return of.has(name) ? of.get(name).getAsString() : "";
    }
}
